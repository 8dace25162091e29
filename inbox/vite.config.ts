/** Builds the inbox into the package. Nothing is inlined: the gateway's Content-Security-Policy allows files of its own alone. */
import { defineConfig } from 'vite';
import react from '@vitejs/plugin-react';

const GATEWAY = 'http://127.0.0.1:8234';

export default defineConfig(({ command }) => {
  // Whoever starts the build may be a test, whose NODE_ENV would put React's development code into the package.
  if (command === 'build') process.env['NODE_ENV'] = 'production';
  return {
    root: import.meta.dirname,
    plugins: [react()],
    build: {
      outDir: '../dist/inbox',
      emptyOutDir: true,
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      target: 'es2022',
    },
    server: {
      // `npm run dev:inbox`, beside a gateway on its usual port.
      proxy: Object.fromEntries(['/v1', '/auth', '/.well-known'].map((path) => [path, GATEWAY])),
    },
  };
});
