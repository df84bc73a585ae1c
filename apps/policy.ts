/** What the apps' pages may do: the headers they are served with, by the local cloud and by CloudFront alike. */
export const appNames = ["ehr", "hcp", "practice", "card"] as const
export type AppName = (typeof appNames)[number]

/**
 * `connect`: origins a page may call beside its own. Scripts come from the app's own files alone; strings never become markup or scripts, but
 * through the two named policies (apps/shared/trusted-types.ts, DOMPurify's). WebAssembly is the decoder of QR codes. `blob:` images are records, opened
 * in the page.
 */
export const contentSecurityPolicy = (connect: readonly string[]): string =>
  [
    "default-src 'none'",
    "script-src 'self' 'wasm-unsafe-eval'",
    "style-src 'self'",
    "img-src 'self' blob:",
    "media-src 'self' blob:",
    "font-src 'self'",
    `connect-src ${["'self'", ...connect].join(" ")}`,
    "manifest-src 'self'",
    "worker-src 'self'",
    "frame-src blob:",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types ehr-cloud dompurify",
  ].join("; ")

/** The camera is for cards; nothing else of the device is asked for. */
export const permissionsPolicy =
  "accelerometer=(), camera=(self), display-capture=(), geolocation=(), gyroscope=(), hid=(), magnetometer=(), microphone=(), midi=(), payment=(), serial=(), usb=()"

/** Everything but what comes from the clouds: those answer with headers of their own. */
export const fixedHeaders = {
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "x-frame-options": "DENY",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "permissions-policy": permissionsPolicy,
} as const

/** Files whose names change with their content stay; all others are asked for anew. */
export const cacheControl = (path: string): string =>
  path.startsWith("/assets/") ? "public, max-age=31536000, immutable" : "no-cache"

const types: Readonly<Record<string, string>> = {
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  css: "text/css; charset=utf-8",
  json: "application/json",
  webmanifest: "application/manifest+json",
  svg: "image/svg+xml",
  png: "image/png",
  wasm: "application/wasm",
}
export const contentType = (path: string): string =>
  types[path.slice(path.lastIndexOf(".") + 1)] ?? "application/octet-stream"
