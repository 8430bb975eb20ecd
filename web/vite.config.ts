import { createHash } from 'node:crypto'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import tailwind from '@tailwindcss/vite'
import react from '@vitejs/plugin-react'
import type { Plugin } from 'vite'
import { defineConfig } from 'vitest/config'

/** Every browser that runs this page reads woff2; KaTeX's older font formats would only swell the build. */
function woff2Only(): Plugin {
  return {
    name: 'tertulia-woff2-only',
    enforce: 'pre',
    transform(code, id) {
      if (!/\.css($|\?)/.test(id) || !code.includes('.ttf')) return null
      return code.replace(/,\s*url\([^)]*\.(?:woff|ttf)\)\s*format\(["'](?:woff|truetype)["']\)/g, '')
    },
  }
}

/** The theme's script runs before the page's module; it gets a hashed name like the rest, to be cached for good. */
function themeBeforePaint(): Plugin {
  const source = readFileSync(new URL('./src/features/theme/before-paint.js', import.meta.url), 'utf8')
  const name = `assets/theme-${createHash('sha256').update(source).digest('base64url').slice(0, 8)}.js`
  let folder = ''
  return {
    name: 'tertulia-theme-before-paint',
    configResolved(config) {
      folder = config.build.outDir
    },
    transformIndexHtml: {
      order: 'post',
      handler: (html, { server }) => html.replace('/theme.js', server ? '/src/features/theme/before-paint.js' : `/${name}`),
    },
    closeBundle() {
      writeFileSync(join(folder, name), source)
    },
  }
}

/** The server sends the compressed sibling as it is, so that no request pays for compressing. */
function precompress(): Plugin {
  let folder = ''
  return {
    name: 'tertulia-precompress',
    apply: 'build',
    configResolved(config) {
      folder = config.build.outDir
    },
    closeBundle() {
      for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
        const path = join(folder, name)
        if (!/\.(?:js|css|html|svg|json|txt)$/.test(name) || statSync(path).size < 512) continue
        const bytes = readFileSync(path)
        writeFileSync(`${path}.gz`, gzipSync(bytes, { level: 9 }))
        writeFileSync(`${path}.br`, brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }))
      }
    },
  }
}

export default defineConfig({
  plugins: [woff2Only(), react(), tailwind(), themeBeforePaint(), precompress()],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  server: { proxy: { '/api': process.env['TERTULIA_URL'] ?? 'http://localhost:4000' } },
  build: {
    target: 'es2022',
    assetsInlineLimit: 0, // the content policy allows files of our own, not data addresses
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 450,
    rolldownOptions: { checks: { pluginTimings: false } },
  },
  test: {
    environment: 'happy-dom',
    setupFiles: ['./vitest.setup.ts'],
    include: ['src/**/*.test.{ts,tsx}'],
    restoreMocks: true,
  },
})
