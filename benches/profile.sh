#!/usr/bin/env bash
# Shows which source files and functions the instructions of a flood's event go to, as Markdown: bash benches/profile.sh
#
# Instructions only: what waits for memory does not show. Needs cargo, valgrind and Python 3 (its standard library).
# SERVENT=PATH counts that program, which wants its line tables, instead of building one.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
export PYTHONDONTWRITEBYTECODE=1
exec python3 "$here/measuring/profile.py" "$@"
