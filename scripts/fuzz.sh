#!/bin/sh
# Runs every fuzz target for FUZZTIME each, and goes on after one that finds something.
set -eu

GO=${GO:-go}
FUZZTIME=${FUZZTIME:-30s}
failed=''

for file in $(grep -rl '^func Fuzz' --include='*_test.go' agents cmd internal test | sort); do
	package=./$(dirname "$file")
	for target in $(sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\)(.*/\1/p' "$file"); do
		printf 'fuzz: %s %s for %s\n' "$package" "$target" "$FUZZTIME"
		"$GO" test -run '^$' -fuzz "^$target\$" -fuzztime "$FUZZTIME" "$package" ||
			failed="$failed $package:$target"
	done
done

if [ -n "$failed" ]; then
	printf 'fuzz: found something:%s\n' "$failed" >&2
	exit 1
fi
echo 'fuzz: nothing found'
