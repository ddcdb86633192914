import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

export default defineConfig({
  plugins: [react()],
  resolve: { conditions: ['@flotilla/source', 'module', 'browser', 'import', 'default'] },
  build: { outDir: 'dist', emptyOutDir: true, chunkSizeWarningLimit: 1_200 },
  server: { proxy: { '/v1': 'http://127.0.0.1:7070', '/sign-in': 'http://127.0.0.1:7070' } },
});
