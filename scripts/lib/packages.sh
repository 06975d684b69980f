# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# packages.sh: packages of the host's own suite are installed, those of other
# suites are fetched into the cache.  The mirror is always the host's own.

have_apt()
{
	command -v apt-get >/dev/null && command -v dpkg >/dev/null
}

installed()	# PACKAGE: installed, or provided by one that is
{
	[ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

# Are all of TOOLS there, commands and files ("/...") with commas between?
have_tools()	# TOOLS
{
	local tool

	[ -n "$1" ] || return
	for tool in ${1//,/ }; do
		case $tool in
		/*) [ -e "$tool" ] || return ;;
		*) command -v "$tool" >/dev/null || return ;;
		esac
	done
}

# ALTERNATIVES is "a" or "a|b": any will do.  "?a" is wanted only where the
# suite has it. After "=" come the tools by which one sees that it is there,
# whatever package or distribution they are from.
missing_packages()	# ALTERNATIVES[=TOOLS]...
{
	local alt p found tools

	for alt; do
		tools='' found=
		case $alt in
		*=*) tools=${alt#*=} alt=${alt%%=*} ;;
		esac
		! have_tools "$tools" || continue
		if ! have_apt; then
			case $alt in
			\?*) ;;
			*) printf '%s\n' "$alt${tools:+ (for ${tools//,/, })}" ;;
			esac
			continue
		fi
		for p in $(tr '|?' '  ' <<<"$alt"); do
			installed "$p" && found=1
		done
		[ -n "$found" ] || printf '%s\n' "$alt"
	done
}

# What apt would install for each, or "!NAME" if it knows none of them.
candidates()	# PACKAGE...
{
	local alt p found

	for alt; do
		found=
		for p in $(tr '|?' '  ' <<<"$alt"); do
			if apt-cache show "$p" >/dev/null 2>&1; then
				found=$p
				break
			fi
		done
		case $alt in
		\?*) [ -z "$found" ] || printf '%s\n' "$found" ;;
		*) printf '%s\n' "${found:-!${alt%%|*}}" ;;
		esac
	done
}

# Succeeds if commands can be run as root without asking anybody.
can_be_root()
{
	[ "$(id -u)" = 0 ] && return
	command -v sudo >/dev/null || return
	sudo -n true 2>/dev/null || { [ -t 0 ] && [ -t 2 ]; }
}

as_root()
{
	if [ "$(id -u)" = 0 ]; then
		"$@"
	else
		sudo "$@"
	fi
}

_apt_get()
{
	as_root env DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1 \
		apt-get -q -y -o DPkg::Lock::Timeout=300 "$@"
}

_lists_are_old()
{
	[ -z "$(find /var/lib/apt/lists -maxdepth 1 -type f \
		\( -name '*Release' -o -name '*Packages*' \) -mtime -7 -print -quit \
		2>/dev/null)" ]
}

_apt_update()
{
	progress "apt-get update" _apt_get update ||
		say "apt-get update did not fully work; trying with the lists there are"
}

install_packages()	# WHAT-FOR PACKAGE...
{
	local what=$1 want miss

	shift
	mapfile -t want < <(missing_packages "$@")
	[ -n "${want[*]}" ] || return 0
	if ! have_apt; then
		printf -v want '%s, ' "${want[@]}"
		# shellcheck disable=SC2128 # it is one now
		die "$what needs what Debian has in these packages, and there is no" \
			"apt-get here to install them: ${want%, }"
	fi
	if ! can_be_root; then
		mapfile -t miss < <(candidates "${want[@]}" | tr -d '!')
		[ -n "${miss[*]}" ] || return 0
		die "$what needs packages and you are not root; run this, then try again:
    sudo apt-get update && sudo apt-get install --no-install-recommends ${miss[*]}"
	fi
	# A password, if it takes one, is asked for before anything runs.
	[ "$(id -u)" = 0 ] || sudo -v
	locked apt _install_packages "$what" "${want[@]}"
}

_install_packages()
{
	local what=$1 want get unknown

	shift
	mapfile -t want < <(missing_packages "$@")
	[ -n "${want[*]}" ] || return 0
	mapfile -t get < <(candidates "${want[@]}")
	[ -n "${get[*]}" ] || return 0
	if _lists_are_old || grep -q '^!' <<<"$(printf '%s\n' "${get[@]}")"; then
		_apt_update
		mapfile -t get < <(candidates "${want[@]}")
	fi
	unknown=$(printf '%s\n' "${get[@]}" | sed -n 's/^!//p' | tr '\n' ' ')
	[ -z "$unknown" ] ||
		die "$what needs packages that apt does not know here: $unknown(is" \
			"there a network, and a mirror in /etc/apt?)"
	need_space /var/cache/apt 1500 "installing packages"
	say "installing for $what: ${get[*]}"
	progress "installing ${#get[@]} packages" \
		_apt_get install --no-install-recommends "${get[@]}" && return
	# Lists that are a few days old name files the mirror no longer has.
	_apt_update
	progress "installing ${#get[@]} packages" \
		_apt_get install --no-install-recommends "${get[@]}" ||
		die "apt-get could not install: ${get[*]} (see above; no network?)"
}

# The host's suites and mirrors, one "URI SUITE SIGNED-BY" a line, from both
# kinds of source files.
host_sources()
{
	cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list 2>/dev/null |
		sed -n 's/^[[:space:]]*deb[[:space:]]\+\(.*\)/\1/p' |
		awk '{
			key = "-"
			if (match($0, /\[[^]]*\]/)) {
				opt = substr($0, RSTART + 1, RLENGTH - 2)
				if (match(opt, /signed-by=[^ ]*/))
					key = substr(opt, RSTART + 10, RLENGTH - 10)
				sub(/\[[^]]*\][[:space:]]*/, "")
			}
			print $1, $2, key
		}'
	awk '
		function flush(   n, m, i, j, u, s) {
			if (types ~ /(^| )deb( |$)/ && enabled !~ /no/) {
				n = split(uris, u, " ")
				m = split(suites, s, " ")
				for (i = 1; i <= n; i++)
					for (j = 1; j <= m; j++)
						print u[i], s[j], key == "" ? "-" : key
			}
			types = uris = suites = key = enabled = ""
		}
		FNR == 1 { flush() }
		/^#/ { next }
		/^[[:space:]]*$/ { flush(); next }
		tolower($1) == "types:" { $1 = ""; types = $0 }
		tolower($1) == "uris:" { $1 = ""; uris = $0 }
		tolower($1) == "suites:" { $1 = ""; suites = $0 }
		tolower($1) == "signed-by:" { key = $2 }
		tolower($1) == "enabled:" { enabled = $2 }
		END { flush() }
	' /etc/apt/sources.list.d/*.sources 2>/dev/null
}

host_suite()
{
	# shellcheck disable=SC1091
	. /etc/os-release
	printf '%s\n' "${VERSION_CODENAME:-unknown}"
}

# The mirror that serves this Debian host: the one its own suite comes from. Other
# distributions have none of Debian's: there DEBIAN_MIRROR names one.
debian_mirror()
{
	local mirror

	if [ -n "${DEBIAN_MIRROR-}" ]; then
		printf '%s\n' "${DEBIAN_MIRROR%/}"
		return
	fi
	mirror=$(host_sources | awk -v s="$(host_suite)" '
		$2 == s && $1 !~ /security/ { print $1; exit }')
	[ -n "$mirror" ] || return 1
	case $(. /etc/os-release && echo "$ID") in
	debian) printf '%s\n' "${mirror%/}" ;;
	*) return 1 ;;
	esac
}

_debian_keyring()
{
	local f=/usr/share/keyrings/debian-archive-keyring

	for f in "$f.gpg" "$f.pgp"; do
		[ -f "$f" ] && printf '%s\n' "$f" && return
	done
	return 1
}

# Sets suite_apt to an apt-get of Debian's SUITE with lists of its own.  The
# host's configuration stays as it is; signatures are checked.
suite_apt()	# SUITE
{
	local suite=$1 dir=$CACHE/apt/$1 mirror key

	mirror=$(debian_mirror) ||
		die "no Debian mirror in this machine's apt sources to get $suite from:" \
			"set DEBIAN_MIRROR to one"
	key=$(_debian_keyring) ||
		die "package debian-archive-keyring is missing: apt-get install it"
	mkdir -p "$dir/lists/partial" "$dir/cache/archives/partial" "$dir/etc"
	printf 'deb [signed-by=%s] %s %s main\n' "$key" "$mirror" "$suite" \
		>"$dir/sources.list"
	SUITE_OPTS=(-q -o "Dir::Etc::SourceList=$dir/sources.list"
		-o Dir::Etc::SourceParts=/dev/null
		-o Dir::Etc::Preferences=/dev/null
		-o Dir::Etc::PreferencesParts=/dev/null
		-o "Dir::State::Lists=$dir/lists" -o "Dir::Cache=$dir/cache"
		-o APT::Sandbox::User= -o Acquire::Languages=none)
}

suite_update()	# SUITE
{
	suite_apt "$1"
	[ -n "$(find "$CACHE/apt/$1/lists" -maxdepth 1 -name '*Release' -mtime -1 \
		-print -quit)" ] && return
	progress "reading the package list of $1" \
		apt-get "${SUITE_OPTS[@]}" -o APT::Update::Error-Mode=any update ||
		die "cannot read the package list of $1: is there a network?"
}

suite_version()	# SUITE PACKAGE: prints its version there, if any
{
	suite_update "$1"
	apt-cache "${SUITE_OPTS[@]}" -o APT::Default-Release= \
		show --no-all-versions "$2" 2>/dev/null | sed -n 's/^Version: //p'
}

suite_names()	# SUITE REGEXP: package names
{
	suite_update "$1"
	apt-cache "${SUITE_OPTS[@]}" search --names-only "$2" 2>/dev/null |
		cut -d' ' -f1
}

suite_depends()	# SUITE PACKAGE: names it depends on
{
	suite_update "$1"
	apt-cache "${SUITE_OPTS[@]}" depends "$2" 2>/dev/null |
		sed -n 's/^ *Depends: //p'
}

suite_download()	# SUITE DIR PACKAGE...
{
	local suite=$1 dir=$2

	shift 2
	suite_update "$suite"
	( cd "$dir" && progress "downloading $*" \
		apt-get "${SUITE_OPTS[@]}" download "$@" ) ||
		die "cannot download $* of $suite: is there a network?"
}

# A kernel image may come in parts (linux-binary-, linux-modules-, ...).
image_packages()	# RELEASE APT-CACHE-OPTION...
{
	local release=$1

	shift
	printf '%s\n' "linux-image-$release"
	apt-cache "$@" depends "linux-image-$release" 2>/dev/null |
		sed -n 's/^ *|\{0,1\}Depends: \(linux-[a-z-]*\)/\1/p' |
		grep -E -e "^linux-(binary|modules|modules-extra|base)-${release//[.+]/.}\$" |
		sort -u
}
