#!/usr/bin/env bash
# One would expect: a contract "low never imports high" looks at all modules below `shop.low`, since Python imports
#   them all: a folder without an `__init__.py` is a namespace package, and its modules run.
# What happens: import-linter does not look into such a folder. The contract is KEPT, exit status 0, although
#   `shop.low.deep.orders` imports `shop.high`. With an empty `__init__.py` it is broken.
# Why it matters: whoever forgets that file switches the check off for the folder, and the report stays green. The only
#   trace is the number in "Analyzed N files".
. "$(dirname "$0")/prelude.sh" import-linter==2.17

mkdir -p shop/low/deep shop/high
touch shop/__init__.py shop/low/__init__.py shop/high/__init__.py
echo "import shop.high" >shop/low/deep/orders.py
cat >.importlinter <<'INI'
[importlinter]
root_package = shop

[importlinter:contract:1]
name = low never imports high
type = forbidden
source_modules = shop.low
forbidden_modules = shop.high
INI

python -c "import shop.low.deep.orders, sys; assert 'shop.high' in sys.modules" || changed "Python does not import it"
without=0 with=0
lint-imports >without.txt || without=$?
touch shop/low/deep/__init__.py
lint-imports >with.txt || with=$?
count() { grep -o 'Analyzed [0-9]* files' "$1"; }
[[ $without == 0 && $with == 1 ]] || changed "exit status $without without __init__.py, $with with it"
seen "the forbidden import is kept without __init__.py ($(count without.txt)), broken with it ($(count with.txt))"
