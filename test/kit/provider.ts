export { newProvider, type OwnProvider } from "../fakes/provider.ts"
