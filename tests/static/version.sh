#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# All that names the version names that of version.h; what the kernel's
# configuration does not permit is not built; DKMS knows which kernels will do.
. tests/lib/static.sh

version=$(sed -n 's/^#define SOFTDEV_VERSION[[:space:]]*"\(.*\)"$/\1/p' \
	include/softdev/version.h)

names_it()	# FILE EXPRESSION: sed's, prints the version that FILE names
{
	local found

	found=$(sed -n "$2" "$1" | head -n 1)
	[ "$found" = "$version" ] || echo "$1: ${found:-none}, not $version"
}

everywhere()
{
	[ -n "$version" ] || echo "version.h names none"
	names_it dkms.conf 's/^PACKAGE_VERSION="\(.*\)"$/\1/p'
	names_it packaging/debian/changelog 's/^softdev (\(.*\)) .*/\1/p'
	names_it packaging/rpm/softdev.spec 's/^Version:[[:space:]]*//p'
	names_it packaging/arch/PKGBUILD 's/^pkgver=//p'
	names_it Documentation/news.rst 's/^\([0-9][0-9.]*\)$/\1/p'
}
silent "what names the version names that of version.h" \
	everywhere

# What of the four Kbuild builds as modules with CONFIG_* as given.
builds()	# CONFIG=VALUE...
{
	make -s -f - "$@" KBUILD_EXTMOD=/x <<-'EOT' | xargs
	include Kbuild
	all: ; @echo $(notdir $(patsubst %/,%,$(obj-m)))
	EOT
}

permitted()
{
	local all="CONFIG_CONFIGFS_FS=m CONFIG_BLOCK=y CONFIG_NET=y CONFIG_INET=y
		CONFIG_PAGE_POOL=y CONFIG_CRYPTO_LIB_CHACHA=m" without want

	# shellcheck disable=SC2086 # words
	[ "$(builds $all)" = "ringchar ramblk loopnet pseudo" ] ||
		echo "with all: $(builds $all)"
	while read -r without want; do
		# shellcheck disable=SC2046,SC2086 # words
		set -- $(printf '%s\n' $all | grep -v "^CONFIG_$without=")
		[ "$(builds "$@")" = "$want" ] ||
			echo "without $without: $(builds "$@")"
	done <<-EOT
	CONFIGFS_FS loopnet pseudo
	BLOCK ringchar loopnet pseudo
	INET ringchar ramblk pseudo
	PAGE_POOL ringchar ramblk pseudo
	CRYPTO_LIB_CHACHA ringchar ramblk loopnet
	EOT
}
silent "Kbuild builds what the kernel's configuration permits" permitted

# Each option that Kbuild asks for, DKMS asks for: it wants all four.
options()	# FILE...
{
	grep -ohE 'CONFIG_[A-Z0-9_]+' "$@" |
		grep -vE 'CONFIG_(SOFTDEV_.*|MODULES|NET)$' | sort -u
}

dkms_says()	# VARIABLE
{
	# shellcheck disable=SC2034 # for dkms.conf
	(kernel_source_dir=/k dkms_tree=/d && . ./dkms.conf && echo "${!1}")
}

excluded()
{
	local expression release

	expression=$(dkms_says BUILD_EXCLUSIVE_KERNEL)
	for release in 6.1.0-56-amd64 6.1-rc1 6.10.3 6.12.117+deb13-amd64 \
		7.2.12-1.fc45.x86_64 7.0 10.1.0 6.1; do
		[[ $release =~ $expression ]] || echo "$release is excluded"
		[ "$(kernelver=$release && dkms_says AUTOINSTALL)" = yes ] ||
			echo "not installed for $release"
	done
	for release in 5.10.0-30-amd64 6.0.12 5.15.0 4.6.1 2.6.12 5.19.7.2; do
		[[ ! $release =~ $expression ]] || echo "$release is not excluded"
		[ "$(kernelver=$release && dkms_says AUTOINSTALL)" = "" ] ||
			echo "installed for $release"
	done
	dkms_says BUILD_EXCLUSIVE_CONFIG | tr ' ' '\n' |
		grep -v '^CONFIG_MODULES$' | sort -u | diff - <(options Kbuild)
}
silent "DKMS knows the kernels for which all four can be built" excluded
finish
