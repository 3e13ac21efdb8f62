# For sourcing: apt with a sources list and folders of its own, so that the machine's apt is neither asked nor changed.
# QEMU_LAUNCH_DEBIAN_MIRROR names another mirror.

# private_apt DIRECTORY deb|deb-src SUITE... [-- OPTION...] — reads the lists of packages, or of their sources, into DIRECTORY,
# and sets `apt_options` for every apt command that is to use them. Fails when they cannot be read.
private_apt() {
  local directory=$1 kind=$2 mirror=${QEMU_LAUNCH_DEBIAN_MIRROR:-http://deb.debian.org/debian}
  local -a suites=()
  shift 2
  while (($# > 0)) && [[ $1 != -- ]]; do
    suites+=("$1")
    shift
  done
  shift $(($# > 0 ? 1 : 0))
  mkdir -p "$directory"/{lists,archives}/partial
  # On a terminal apt shows how far it is.
  local quiet=2
  [[ ! -t 2 ]] || quiet=0
  printf "$kind [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror %s main\n" "${suites[@]}" \
    >"$directory/sources.list"
  apt_options=(
    -q="$quiet"
    -o "Dir::Etc::SourceList=$directory/sources.list"
    -o Dir::Etc::SourceParts=/dev/null
    -o "Dir::State::Lists=$directory/lists"
    -o "Dir::Cache=$directory"
    -o APT::Sandbox::User=
    -o Acquire::Retries=3
    -o Debug::NoLocking=1
    "$@"
  )
  apt-get "${apt_options[@]}" update >&2
}
