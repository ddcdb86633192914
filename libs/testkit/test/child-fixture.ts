// A process for the tests of spawnNode: says what it was given, and lives until it is told to end.
import { formatDuration } from '@flotilla/kernel';

const alive = setInterval(() => {}, 1000);
process.on('SIGTERM', () => {
  console.log('ends in order');
  clearInterval(alive);
});
if (process.argv[2] === 'fail') {
  console.error('cannot go on');
  process.exit(3);
}
console.log(`ready with ${process.env['FIXTURE_WORD']} after ${formatDuration(1500)}`);
