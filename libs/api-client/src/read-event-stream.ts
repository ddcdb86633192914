import { FleetEvent } from '@flotilla/contracts';

/** Server-sent events as fleet events; those of a kind that we do not know are left out. */
export async function* readEventStream(
  body: ReadableStream<Uint8Array>,
): AsyncGenerator<FleetEvent | 'reload'> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of body) {
    text += decoder.decode(chunk, { stream: true });
    const blocks = text.split('\n\n');
    text = blocks.pop() ?? '';
    for (const block of blocks) {
      const event = readBlock(block);
      if (event !== undefined) yield event;
    }
  }
}

function readBlock(block: string): FleetEvent | 'reload' | undefined {
  // A line that begins with a colon is a comment, such as a heartbeat.
  const lines = block.split('\n').filter((line) => !line.startsWith(':'));
  const fields = new Map(lines.map(splitLine));
  if (fields.get('event') === 'reload') return 'reload';
  const data = fields.get('data');
  if (data === undefined) return undefined;
  try {
    return FleetEvent.safeParse(JSON.parse(data)).data;
  } catch {
    return undefined;
  }
}

function splitLine(line: string): [string, string] {
  const at = line.indexOf(':');
  return at < 0 ? [line, ''] : [line.slice(0, at), line.slice(at + 1).replace(/^ /, '')];
}
