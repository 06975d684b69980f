#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What the scripts keep and remove, in a cache and a tree that are made up.
. tests/lib/static.sh

temp=$(mktemp -d)
trap 'rm -rf "$temp"' EXIT
export XDG_CACHE_HOME=$temp/cache
cache=$temp/cache/softdev
tree=$temp/tree
mkdir -p "$tree/tests" "$tree/build" "$temp/bin"
cp -r scripts "$tree/"
cp -r tests/kernels "$tree/tests/"

entry()	# NAME...: something in the cache that nobody touched for long
{
	local name

	for name; do
		mkdir -p "$cache/$name"
		touch -d '40 days ago' "$cache/$name/file" "$cache/$name"
	done
}

gone()	# NAME...
{
	local name

	for name; do
		[ ! -e "$cache/$name" ] || echo "$name is there"
	done
}

there()	# NAME...
{
	local name

	for name; do
		[ -e "$cache/$name" ] || echo "$name is not there"
	done
}

entry tree/1 tree/2 kernels/needed kernels/other source/needed source/other \
	roots/other stock/lately
echo "$temp/no-such-checkout" >"$cache/tree/1/path"
echo "$tree" >"$cache/tree/2/path"
touch -d '2 days ago' "$cache"/tree/*/path
mkdir -p "$cache/lock" "$cache/tree/2/needs"
touch "$cache/lock/build-1-uml" "$cache/lock/tree-1" "$cache/stock/lately/used"
ln -s "$cache/kernels/needed" "$cache/tree/2/needs/kernel-uml"
ln -s "$cache/source/needed" "$cache/kernels/needed/source"
touch -d '40 days ago' "$cache/kernels/needed"

clean_cache()
{
	"$tree/scripts/cache-clean" 2>"$temp/said" || cat "$temp/said"
	gone tree/1 lock/build-1-uml lock/tree-1 kernels/other source/other \
		roots/other
	there tree/2 kernels/needed source/needed stock/lately
	grep -q 'removed kernels/other' "$temp/said" || cat "$temp/said"
}
silent "cache-clean removes what no checkout needs, and nothing else" clean_cache

# "make clean" while something of the tree is in use.
wait_to_clean()
{
	local lock cleaner

	lock=$(cd "$tree" && . scripts/lib/common.sh && cache_dir &&
		echo "$CACHE/lock/tree-${TREE_CACHE##*/}")
	exec 7>"$lock"
	flock -s 7
	"$tree/scripts/clean" 2>"$temp/said" 7>&- &
	cleaner=$!
	until grep -q waiting "$temp/said" || ! kill -0 $cleaner 2>/dev/null; do
		sleep 0.1
	done
	[ -d "$tree/build" ] || echo "cleaned under a run"
	exec 7>&-
	wait $cleaner || echo "clean failed"
	[ ! -d "$tree/build" ] || echo "not cleaned afterwards"
}
silent "clean waits for a run in the same tree" wait_to_clean

# A kernel that another compiler built is not taken.
printf '#!/bin/sh\necho "gcc (made up) $GCC"\n' >"$temp/bin/gcc"
printf '#!/bin/sh\nexit 1\n' >"$temp/bin/make"
chmod +x "$temp/bin"/*
take_kernel()	# VERSION
{
	GCC=$1 PATH=$temp/bin:$PATH "$tree/scripts/build-kernel" uml 2>/dev/null
}
compilers()
{
	local key dir=$cache/source/linux-7.2_made.up

	mkdir -p "$dir"
	key=$({ cat tests/kernels/uml.config; echo "${dir##*/}"; } |
		grep -v '^# slow:' | sha256sum | cut -c1-12)
	mkdir -p "$cache/kernels/uml-$key"
	echo 'CONFIG_CC_VERSION_TEXT="gcc (made up) 1"' \
		>"$cache/kernels/uml-$key/config"
	echo / >"$cache/kernels/uml-$key/root"
	[ "$(take_kernel 1)" = "$cache/kernels/uml-$key" ] ||
		echo "not taken with the same compiler: $(take_kernel 1)"
	[ "$(take_kernel 2)" = "" ] || echo "taken with another compiler"
}
silent "a kernel is one compiler's" compilers
finish
