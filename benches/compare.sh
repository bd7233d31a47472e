#!/usr/bin/env bash
# Measures servent against the bars it has to reach: bash benches/compare.sh [ROW...] [--json FILE] [--help]
#
# Where the limit programs lie beside the clone (../shared/bench/limit), both run in turn on the same graphs and the
# ratio counts; otherwise servent is measured alone and the ratios are skipped. Needs cargo and Python 3 (its standard
# library); the row `digests` also needs valgrind. Nothing is written outside cargo's target folder. SERVENT=PATH measures
# that program instead of building one.
# Exit code: 0 all bars reached, 1 a bar missed or counts that differ, 2 something could not be measured.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
export PYTHONDONTWRITEBYTECODE=1
exec python3 "$here/measuring/compare.py" "$@"
