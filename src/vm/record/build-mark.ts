/** Stands for the code of this build, to the byte; the build puts it into `dist`. Undefined where nothing was built. */
export const buildMark: string | undefined = undefined
