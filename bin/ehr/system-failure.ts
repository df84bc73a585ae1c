/** What the operating system says of a file, by its code (errno(3)). */
const reasons: Readonly<Record<string, string>> = {
  ENOSPC: "The disk is full. Make room and run the command again.",
  EDQUOT: "Your quota of this disk is used up. Make room and run the command again.",
  EACCES: "You may not open it. Take another place, or have its owner give you the right.",
  EPERM: "You may not do this here. Take another place, or have its owner give you the right.",
  EROFS: "The disk is read-only. Take another place.",
  ENOENT: "There is no such file or folder.",
  ENOTDIR: "A part of the path is no folder.",
  EISDIR: "It is a folder. Name a file.",
  EEXIST: "It is there already. Name another, or pass --force.",
  ENAMETOOLONG: "The name is too long. Take a shorter one.",
  ELOOP: "Its links lead in a circle.",
  EMFILE: "Too many files are open. End other programs and run the command again.",
  EPIPE: "Who reads the output has stopped reading.",
  EIO: "The disk could not be read or written. Check it.",
}

const isSystemError = (error: unknown): error is Error & { code: string; path?: unknown } =>
  error instanceof Error && "code" in error && typeof error.code === "string" && Object.hasOwn(reasons, error.code)

/** A sentence for a failure of the operating system: which file, why, what to do. `undefined` for any other. */
export const systemSentence = (error: unknown): string | undefined => {
  if (!isSystemError(error)) return undefined
  const of = typeof error.path === "string" ? `${error.path}: ` : ""
  return `${of}${reasons[error.code]}`
}
