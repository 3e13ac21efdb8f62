/** What the help of the program ends with. */
export const afterword = `
\`qemu-launch help <command>\` explains a command. \`qemu-launch <config>\` is the
same as \`qemu-launch run <config>\`. A config or volume of \`-\` is read from
standard input.

Exit codes:
  0  done
  1  the operation failed
  2  bad usage, config or volume file
  3  the VM or volume is not there
  4  pending or timed out: nothing was lost, and a repeat continues`
