import { measureBandwidth } from '../bandwidth/measure-bandwidth.ts';
import { ApartQuestion } from './question.ts';

/** Answers one question of the process that forked this one, and ends. */
process.once('message', (message) => {
  answer(ApartQuestion.parse(message)).then(
    (answered) => process.send?.({ answered }, () => process.disconnect()),
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
});

async function answer(question: ApartQuestion): Promise<unknown> {
  if (question.ask === 'bandwidth') return measureBandwidth(question);
  const { graphics } = await import('systeminformation');
  return (await graphics()).controllers;
}
