import type { CompletedCommand } from './describe-completion.ts';
import { shellQuote, shellTables } from './shell-tables.ts';

/** The script for zsh: a file for a directory of $fpath, or to be sourced. */
export function zshScript(commands: readonly CompletedCommand[]): string {
  const described = commands.map(({ name, summary }) => shellQuote(`${name}:${summary}`)).join('\n    ');
  return `#compdef corex
# zsh completion for corex. To have it in every shell, put it as "_corex" into a directory of $fpath:
#   corex completion zsh >"\${fpath[1]}/_corex"
# or, after compinit, this line into ~/.zshrc:
#   source <(corex completion zsh)

${shellTables(commands)}
_corex_of() {
  local taken
  for taken in "\${(@f)1}"; do _corex_kind "$taken"; done
}

_corex_kind() {
  local -a candidates
  case $1 in
    '') ;;
    @file) _files ;;
    @directory) _files -/ ;;
    @program) _command_names -e ;;
    @*)
      candidates=("\${(@f)$("$words[1]" completion --candidates "\${1#@}" --prefix "$PREFIX" "\${agent[@]}" 2>/dev/null </dev/null)}")
      candidates=("\${(@)candidates:#}")
      # A path in a container goes on behind its name.
      if [[ $1 == @container-path ]]; then compadd -S '' -- "\${candidates[@]}"; else compadd -- "\${candidates[@]}"; fi
      ;;
    *) compadd -- "$1" ;;
  esac
}

_corex() {
  local word='' command='' first='' wanted=''
  local -i index=0 rest=0 away=0 at
  local -a agent described
  described=(
    ${described}
  )
  for ((at = 2; at < CURRENT; at++)); do
    word=$words[at]
    if [[ -n $wanted ]]; then
      case $wanted in (--data-dir | --url | --token-file) agent+=("$wanted" "$word") ;; esac
      wanted=''
    elif ((rest == 0)) && [[ $word == -- ]]; then
      rest=1
    elif ((rest == 0)) && [[ $word == --*=* ]]; then
      case $word in (--data-dir=* | --url=* | --token-file=*) agent+=("$word") ;; esac
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
    _describe command described
  elif ((away)); then
    # What there is in that place is not known here.
    return 1
  elif [[ -n $wanted ]]; then
    _corex_of "$(_corex_value "$command" "$wanted")"
  elif ((rest == 0)) && [[ $PREFIX == --*=* ]]; then
    local option=\${PREFIX%%=*}
    compset -P '*='
    _corex_of "$(_corex_value "$command" "$option")"
  elif ((rest == 0)) && [[ $PREFIX == -* ]]; then
    _corex_of "$(_corex_options "$command")"
  else
    _corex_of "$(_corex_word "$command" "$index" "$first")"
  fi
}

if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
  _corex "$@"
else
  compdef _corex corex
fi
`;
}
