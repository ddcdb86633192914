export { exportFlx, type ExportedModel, type ExportFlxOptions } from './export/export-flx.ts';
export { isQuant, QUANTS, type Quant } from './gguf/tensor-type.ts';
export { isSynthShapeName, SYNTH_SHAPES, type SynthShape, type SynthShapeName } from './synth/shapes.ts';
export { writeScriptedModel, type WriteScriptedModelOptions } from './synth/write-scripted-model.ts';
export { writeSynthModel, type SynthModel, type WriteSynthModelOptions } from './synth/write-synth-model.ts';
export { writeSynthAdapter, type WriteSynthAdapterOptions } from './synth/write-synth-adapter.ts';
