import { parentPort } from 'node:worker_threads';

import { answerGrammar, type AnswerForm } from '@flotilla/agent-openai';

/** Compiles one form at a time, away from the thread that serves. */
parentPort?.on('message', (form: AnswerForm) => parentPort?.postMessage(answerGrammar(form)));
