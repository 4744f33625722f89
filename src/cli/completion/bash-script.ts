import type { CompletedCommand } from './describe-completion.ts';
import { shellQuote, shellTables } from './shell-tables.ts';

/** The script for bash 4 or later. It needs nothing but bash. */
export function bashScript(commands: readonly CompletedCommand[]): string {
  const names = commands.map(({ name }) => shellQuote(name)).join(' ');
  return `# bash completion for corex. To have it in every shell, put this line into ~/.bashrc:
#   source <(corex completion bash)

${shellTables(commands)}
# Adds what begins with the word at the cursor. Names are never expanded: they are written by strangers.
_corex_add() {
  local candidate
  while IFS= read -r candidate; do
    if [[ -n $candidate && $candidate == "$current"* ]]; then
      COMPREPLY+=("\${candidate#"$cut"}")
    fi
  done
}

_corex_of() {
  local taken
  # What bash takes for words before the last is not replaced.
  if [[ $COMP_WORDBREAKS == *:* && $current == *:* ]]; then cut=\${current%"\${current##*:}"}; fi
  while IFS= read -r taken; do
    _corex_kind "$taken"
  done <<<"$1"
  # A path in a container goes on behind this.
  if [[ \${COMPREPLY[*]} == */ ]]; then compopt -o nospace 2>/dev/null; fi
}

_corex_kind() {
  case $1 in
    @file) compopt -o filenames 2>/dev/null; _corex_add < <(compgen -f -- "$current") ;;
    @directory) compopt -o filenames 2>/dev/null; _corex_add < <(compgen -d -- "$current") ;;
    @program) _corex_add < <(compgen -c -- "$current" | sort -u) ;;
    @*) _corex_add < <("$program" completion --candidates "\${1#@}" --prefix "$current" "\${agent[@]}" 2>/dev/null </dev/null) ;;
    *) _corex_add <<<"$1" ;;
  esac
}

_corex() {
  local program=$1 line=\${COMP_LINE:0:COMP_POINT} current='' cut='' word='' command='' first='' wanted=''
  local -i index=0 rest=0 away=0 at
  local -a words=() agent=()
  COMPREPLY=()
  # The words as they were typed: bash itself cuts them at "=" and ":", too.
  read -ra words <<<"$line"
  if [[ $line == *[[:space:]] ]]; then words+=(''); fi
  current=\${words[\${#words[@]} - 1]}
  for ((at = 1; at < \${#words[@]} - 1; at++)); do
    word=\${words[at]}
    if [[ -n $wanted ]]; then
      case $wanted in --data-dir | --url | --token-file) agent+=("$wanted" "$word") ;; esac
      wanted=''
    elif ((rest == 0)) && [[ $word == -- ]]; then
      rest=1
    elif ((rest == 0)) && [[ $word == --*=* ]]; then
      case $word in --data-dir=* | --url=* | --token-file=*) agent+=("$word") ;; esac
    elif ((rest == 0)) && [[ $word == -?* ]]; then
      if _corex_value "$command" "$word" >/dev/null; then wanted=$word; fi
    elif ((rest && index == 1)) && [[ $word == -- ]] && _corex_takes_place "$command"; then
      away=1
    elif [[ -z $command ]]; then
      command=$word
    else
      if ((index == 0)); then first=$word; fi
      index+=1
      if _corex_ends_options "$command"; then rest=1; fi
    fi
  done
  if [[ -z $command ]]; then
    _corex_of "$(printf '%s\\n' ${names} --help --version)"
  elif ((away)); then
    # What there is in that place is not known here.
    return
  elif [[ -n $wanted ]]; then
    _corex_of "$(_corex_value "$command" "$wanted")"
  elif ((rest == 0)) && [[ $current == --*=* ]]; then
    local option=\${current%%=*}
    current=\${current#*=}
    _corex_of "$(_corex_value "$command" "$option")"
    if [[ $COMP_WORDBREAKS != *=* ]]; then COMPREPLY=("\${COMPREPLY[@]/#/$option=}"); fi
  elif ((rest == 0)) && [[ $current == -* ]]; then
    _corex_of "$(_corex_options "$command")"
  else
    _corex_of "$(_corex_word "$command" "$index" "$first")"
  fi
}

complete -F _corex corex
`;
}
