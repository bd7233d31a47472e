#!/usr/bin/env bash
# Counts the instructions that an event of a flood costs, and fails if they are more than 5 % above the count stored in
# results/benchmarks/instructions.json: bash benches/instructions.sh [--update]
#
# Unlike times, instruction counts hardly depend on the machine or on what else it does; they do depend on the compiler.
# SERVENT=PATH counts that program instead of building one. Needs cargo, valgrind and Python 3 (its standard library).
# Exit code: 0 within bounds, 1 above, 2 cannot count.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
export PYTHONDONTWRITEBYTECODE=1
exec python3 "$here/measuring/instructions.py" "$@"
