/** How a model is opened: everything that decides memory and speed beside the file. */
export interface TargetShape {
  /** Context of one sequence. */
  contextTokens: number;
  sequences: number;
  batchTokens: number;
  threads: number;
}

/** Something that answers chat completions and whose processes are known. */
export interface Target {
  readonly name: string;
  readonly baseUrl: string;
  /** What requests name as `model`. */
  readonly model: string;
  /** Processes whose memory and processor time count as its. Empty when unknown. */
  readonly pids: readonly number[];
  stop(): Promise<void>;
}
