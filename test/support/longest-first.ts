import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** What takes a minute and more, so that no worker is left alone with it at the end. A fresh checkout has no record of that. */
const longest =
  /\/(firmware|io-errors|unplug|crash-boundaries|launch-crash|keep-running-death|fence|aarch64|server-hang|examples|shutdown)\.test\.ts$/

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files)
    const isLong = ({ moduleId }: TestSpecification) => longest.test(moduleId)
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))]
  }
}
