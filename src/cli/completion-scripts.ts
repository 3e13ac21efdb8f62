/** Stands for the names of files: the shell completes them itself. */
export const filesMark = ':files'

/**
 * What a shell runs at its start to complete our words. Each asks `qemu-launch __complete` with the words up to the cursor.
 * A word that ends in a colon goes on: no blank comes after it.
 */
export const completionScripts = {
  // Bash splits words at `:` and `=` too, and completes what comes after. So the words are put together for the question,
  // and what comes before the last `:` or `=` is cut off the answer.
  bash: `_qemu_launch() {
  local rest=\${COMP_LINE-} word current before reply
  local -a words=()
  for word in "\${COMP_WORDS[@]:0:COMP_CWORD+1}"; do
    if [[ \${#words[@]} == 0 || $rest == [[:space:]]* ]]; then
      words+=("$word")
    else
      words[-1]+=$word
    fi
    rest=\${rest#"\${rest%%[![:space:]]*}"}
    rest=\${rest#"$word"}
  done
  current=\${words[-1]}
  [[ $word != [:=] ]] || word=
  before=\${current%"$word"}
  reply=$(qemu-launch __complete -- "\${words[@]:1}" 2>/dev/null)
  COMPREPLY=()
  if [[ $reply == ${filesMark} ]]; then
    compopt -o default
  elif [[ -n $reply ]]; then
    mapfile -t COMPREPLY <<<"$reply"
    COMPREPLY=("\${COMPREPLY[@]#"$before"}")
    [[ $reply != *: ]] || compopt -o nospace
  fi
}
complete -F _qemu_launch qemu-launch`,
  zsh: `#compdef qemu-launch
(( $+functions[compdef] )) || { autoload -Uz compinit && compinit }
_qemu_launch() {
  local -a found
  found=(\${(f)"$(qemu-launch __complete -- "\${(@Q)words[2,CURRENT]}" 2>/dev/null)"})
  if [[ $found[1] == ${filesMark} ]]; then
    compset -P '--*='
    _files
  else
    compadd -S '' -- \${(M)found:#*:}
    compadd -- \${found:#*:}
  fi
}
compdef _qemu_launch qemu-launch`,
  fish: `function __qemu_launch
  set -l before (commandline -opc)
  set -l current (commandline -ct)
  set -l found (qemu-launch __complete -- $before[2..-1] "$current" 2>/dev/null)
  if test "$found[1]" = ${filesMark}
    set -l flag (string match -r -- '^--[^=]*=' "$current")
    __fish_complete_path (string replace -- "$flag" '' "$current") | string replace -r '^' -- "$flag"
  else if set -q found[1]
    printf '%s\\n' $found
  end
end
complete -c qemu-launch -f -a '(__qemu_launch)'`,
} as const
