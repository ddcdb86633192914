import { describe, expect, it } from 'vitest';
import { psAnswer, showAnswer, tagsAnswer, type OllamaModel } from './model-list.ts';

const MODEL: OllamaModel = {
  service: 'assistant',
  since: 1_700_000_000,
  variant: 'qwen2.5-0.5b-instruct-q4_k_m',
  digest: 'ab12',
  contextTokens: 2_048,
  engine: {
    architecture: 'qwen2',
    modelName: 'Qwen2.5',
    modelBytes: 400,
    contextBytes: 24,
    trainContextTokens: 32_768,
    embeddingLength: 896,
    vocabularySize: 151_936,
    gpuLayers: 0,
    supportsTools: true,
    supportsThinking: false,
    hasVectors: false,
    isReranker: false,
  },
};

describe('lists of models', () => {
  it('name the service with Ollama’s tag, and what its variant’s name tells', () => {
    expect(tagsAnswer([MODEL]).models).toEqual([
      {
        name: 'assistant:latest',
        model: 'assistant:latest',
        modified_at: '2023-11-14T22:13:20.000Z',
        size: 400,
        digest: 'ab12',
        details: {
          parent_model: '',
          format: 'gguf',
          family: 'qwen2',
          families: ['qwen2'],
          parameter_size: '0.5B',
          quantization_level: 'Q4_K_M',
        },
      },
    ]);
  });

  it.each([
    ['harbor-3.5m-f16', '3.5M', 'F16'],
    ['harbor-1m-q8_0', '1M', 'Q8_0'],
    ['tiny', '', 'UNKNOWN'],
  ])('read %s', (variant, size, quantization) => {
    expect(tagsAnswer([{ ...MODEL, variant }]).models[0]?.details).toMatchObject({
      parameter_size: size,
      quantization_level: quantization,
    });
  });

  it('say which are loaded, and where', () => {
    const onCard = { ...MODEL, engine: { ...MODEL.engine!, gpuLayers: 24 } };
    const { engine: _none, ...dark } = MODEL;
    expect(psAnswer([MODEL, onCard, dark]).models).toMatchObject([
      { size: 424, size_vram: 0, context_length: 2_048 },
      { size: 424, size_vram: 424 },
    ]);
  });

  it('say until when they stay loaded, as far as time decides it', () => {
    const expiry = (unloadsAt?: number) => psAnswer([{ ...MODEL, unloadsAt }]).models[0]?.expires_at;
    expect(expiry(1_700_000_000_000)).toBe('2023-11-14T22:13:20.000Z');
    expect(expiry()).toBe('2318-01-01T00:00:00Z');
  });

  it('tell what a model can do', () => {
    expect(showAnswer(MODEL)).toMatchObject({
      capabilities: ['completion', 'tools'],
      model_info: { 'general.architecture': 'qwen2', 'qwen2.context_length': 32_768 },
    });
    const reranker = { ...MODEL, engine: { ...MODEL.engine!, isReranker: true } };
    expect(showAnswer(reranker).capabilities).toEqual([]);
  });
});
