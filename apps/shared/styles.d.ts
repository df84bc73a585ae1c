/** The build takes them; they give nothing to the program. */
declare module "*.css" {}
