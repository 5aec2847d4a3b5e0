#!/bin/sh
# Runs every fuzz target for FUZZTIME each, and goes on after one that finds something.
set -eu

GO=${GO:-go}
FUZZTIME=${FUZZTIME:-30s}

targets() {
	grep -r '^func Fuzz' --include='*_test.go' agents cmd internal test |
		sed -n 's|^\(.*\)/[^/]*:func \(Fuzz[A-Za-z0-9_]*\)(.*|./\1 \2|p' | sort
}

targets | {
	failed=''
	while read -r package target; do
		printf 'fuzz: %s %s for %s\n' "$package" "$target" "$FUZZTIME"
		"$GO" test -run '^$' -fuzz "^$target\$" -fuzztime "$FUZZTIME" "$package" </dev/null ||
			failed="$failed $package:$target"
	done
	if [ -n "$failed" ]; then
		printf 'fuzz: found something:%s\n' "$failed" >&2
		exit 1
	fi
	echo 'fuzz: nothing found'
}
