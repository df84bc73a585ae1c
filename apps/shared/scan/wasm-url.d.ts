/** The build gives the address of the app's own copy. */
declare module "zxing-wasm/reader/zxing_reader.wasm?url" {
  const url: string
  export default url
}
