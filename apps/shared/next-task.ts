/** Lets the page do what else it has to do. */
export const nextTask = (): Promise<void> => new Promise((done) => setTimeout(done))
