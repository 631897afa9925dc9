#!/usr/bin/env bash
# One would expect: each test with a @weight is in the results, with its score and its maximum, whatever came of it.
# What happens: a test that is skipped, one that is expected to fail, and one whose `subTest` failed are not in the
#   results at all, neither their points nor their maximum. Of 25 points, 10 are left, and 5 of them are earned.
# Why it matters: a submission that makes a test skip itself, or fails a sub-test, gets a better percentage than one that
#   fails plainly, and nobody sees that tests are missing. Compare the names in the results with the names of the tests.
. "$(dirname "$0")/prelude.sh" gradescope-utils==0.5.0

cat >grade.py <<'PYTHON'
import io
import json
import unittest

from gradescope_utils.autograder_utils.decorators import weight
from gradescope_utils.autograder_utils.json_test_runner import JSONTestRunner


class Tests(unittest.TestCase):
    @weight(5)
    def test_passes(self):
        pass

    @weight(5)
    def test_fails(self):
        self.fail()

    @weight(5)
    def test_skips_itself(self):
        self.skipTest("there is no file")

    @weight(5)
    @unittest.expectedFailure
    def test_is_expected_to_fail(self):
        self.fail()

    @weight(5)
    def test_fails_in_a_part(self):
        with self.subTest(part=1):
            self.fail()


out = io.StringIO()
JSONTestRunner(stream=out).run(unittest.defaultTestLoader.loadTestsFromTestCase(Tests))
results = json.loads(out.getvalue())
names = [test["name"].split()[0] for test in results["tests"]]
print(results["score"], "of", sum(test["max_score"] for test in results["tests"]), "points in", *sorted(names))
PYTHON
said=$(python grade.py 2>/dev/null)
[[ $said == "5.0 of 10 points in test_fails test_passes" ]] || changed "$said"
seen "five tests of 5 points: $said"
