#!/usr/bin/env bash
# One would expect: in a JUnit XML file of pytest, `tests` is the number of <testcase> elements, and `failures` the
#   number of those that failed.
# What happens: two test functions with sub-tests give tests="6" failures="5" and two elements. Each failed part of
#   unittest's `subTest` adds a <failure> to its test's element; of the fixture `subtests`, the whole test adds one more.
# Why it matters: dashboards and graders take `tests` for the denominator and `failures` for what is wrong. More tests
#   can fail than there are, and a mark of 1 - 5/6 says nothing. Count the elements.
. "$(dirname "$0")/prelude.sh" pytest==9.2.0

cat >test_parts.py <<'PYTHON'
import unittest


class TestParts(unittest.TestCase):
    def test_three_parts(self):
        for part in range(3):
            with self.subTest(part=part):
                self.assertEqual(part, 9)


def test_one_part(subtests):
    with subtests.test(part=1):
        assert 1 == 9
PYTHON
pytest -q --tb=no -p no:cacheprovider --junitxml=report.xml test_parts.py >/dev/null || true
said=$(python - <<'PYTHON'
import xml.etree.ElementTree as ET

suite = ET.parse("report.xml").getroot()[0]
elements = suite.findall("testcase")
failed = [len(each.findall("failure")) for each in elements]
print(f"tests={suite.get('tests')} failures={suite.get('failures')}, {len(elements)} elements with {failed} failures")
PYTHON
)
[[ $said == "tests=6 failures=5, 2 elements with [3, 2] failures" ]] || changed "$said"
seen "$said"
