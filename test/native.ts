/**
 * Test files of one worker share its modules, and Node loads them as it loads the product: a module is read once a worker, not once a file. For
 * files that mock no module, and of which none changes a module's state for another.
 */
export const native = {
  isolate: false,
  setupFiles: ["test/own-fetch.ts"],
  experimental: { viteModuleRunner: false, nodeLoader: false },
}
