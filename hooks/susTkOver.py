"""HA/DR provider of SAP HANA: refuses a takeover by hand while the cluster manages the database.

HANA calls preTakeover on the secondary before it takes over.  The provider asks SAPHanaSR-hookHelper, as root
through sudo, whether the cluster itself is taking over, or leaves the database alone; if neither, it refuses:
there would be two primaries.  What cannot be found out is refused as well, but for a cluster that is not
running or reports that it does not work.

It never raises, starts no shell, and has an end.  Python 2.7 and 3.  The specification is
docs/spec/hana-hooks.md, sections 2, 4 and 8.

global.ini, with the defaults of the optional keys:

    [ha_dr_provider_susTkOver]
    provider = susTkOver
    path = /usr/share/ocfbox/srhook
    execution_order = 2
    sustkover_timeout = 30
    sustkover_unknown_sid = permit

    [trace]
    ha_dr_sustkover = info
"""
import errno
import os
import re
import signal
import threading
import time

try:
    from hdb_ha_dr.client import HADRBase
except ImportError:
    # Outside of HANA the file can still be compiled, read and tested.
    HADRBase = object

VERSION = "1.0"

HELPER = "/usr/sbin/SAPHanaSR-hookHelper"

SID = re.compile(r"[A-Z][A-Z0-9]{2}\Z")
HOST_FOLDER = re.compile(r"/([A-Z][A-Z0-9]{2})/HDB[0-9]{2}(?:/|\Z)")

# Seconds that the helper may take; it gives up by itself after 20.
PATIENCE = 30.0
# Where they end, the helper is asked to end; it gets this share of them, at most this many seconds, before it
# is killed, and then LEAVE seconds before it is left alone.
GRACE_SHARE = 0.1
GRACE_MOST = 1.0
LEAVE = 0.2
POLL = 0.01

# With what a takeover is refused, where HANA has no number of its own for it.
REFUSE = 50277

DENIED, BLOCK, UNKNOWN_SID = 1, 4, 7
TIMEOUT, NOT_STARTED, NOT_FOUND, KILLED, UNKNOWN = 124, 126, 127, 137, 255

# What the helper's answers mean (hana-hooks.md 4.2 and 5.2).  Every other code is a reason to refuse.
PERMITS = {
    0: "permit cluster action",
    5: "permit, resource in maintenance",
    6: "permit, no cluster connection",
    99: "permit, cluster not working properly",
}
REFUSALS = {
    DENIED: "reject, the helper is missing or denied by sudo",
    2: "reject, the helper did not understand or refuses this caller",
    BLOCK: "reject, the cluster manages the database",
    97: "reject, a tool of the cluster is missing or not understood",
    98: "reject, cluster too slow",
    TIMEOUT: "timeout - reject",
    NOT_STARTED: "reject, sudo could not be started",
    NOT_FOUND: "reject, sudo not found",
    KILLED: "timeout - reject",
    UNKNOWN: "reject, exit status lost",
}

now = getattr(time, "monotonic", None) or (lambda: os.times()[4])


class susTkOver(HADRBase):
    """The provider.  Its name is that of the file, as HANA wants it."""

    def __init__(self, *args, **kwargs):
        super(susTkOver, self).__init__(*args, **kwargs)
        self.lock = threading.Lock()
        self.children = []
        self.patience = PATIENCE
        self.unknown_sid = "permit"
        try:
            self._configure()
        except Exception as problem:
            self._say("error", "init: configuration not understood, defaults are used: %s" % _plain(problem))
        self._say("info", "init: version %s, timeout=%gs unknown_sid=%s" % (VERSION, self.patience, self.unknown_sid))

    def about(self):
        """What HANA shows in M_HA_DR_PROVIDERS."""
        return {
            "provider_company": "ocfbox",
            "provider_name": type(self).__name__,
            "provider_description": "Block manual takeover, if cluster is active",
            "provider_version": VERSION,
        }

    def preTakeover(self, isForce=False, **kwargs):
        """Returns 0 to permit the takeover, or the number with which HANA refuses it."""
        began = now()
        try:
            code = self._decide(isForce)
        except Exception as problem:
            code = self._refusal()
            self._say("error", "preTakeover: unexpected error, reject: %s" % _plain(problem))
        self._say("info", "preTakeover leave with return code %s after %.3fs" % (code, now() - began))
        return code

    # -- the decision -------------------------------------------------------------------------------

    def _decide(self, force):
        # What operators grep for is an interface (hana-hooks.md 4.2).
        self._say("info", "preTakeover method called with isForce=%s" % _plain(force))
        if _true(force):
            self._say("info", "preTakeover: permit, a forced takeover is not checked")
            return 0
        sid = _sid()
        if sid is None:
            self._say("error", "preTakeover: reject, SID not known: SAPSYSTEMNAME is not set")
            return self._refusal()
        command = ["sudo", "-n", HELPER, "--sid=" + sid, "--case=checkTakeover"]
        began = now()
        code = self._run(command)
        permitted, words = self._judge(code)
        self._say("info", "preTakeover: %s: <%s> cmdrc=%d timeout=%gs %.3fs"
                  % (words, " ".join(command), code, self.patience, now() - began))
        if permitted:
            return 0
        self._explain(sid, command, code)
        return self._refusal()

    def _judge(self, code):
        """Whether an exit code of the helper permits the takeover, and why in words."""
        if code in PERMITS:
            return True, PERMITS[code]
        if code == UNKNOWN_SID:
            permitted = self.unknown_sid == "permit"
            return permitted, "%s, SID not configured in the cluster" % ("permit" if permitted else "reject")
        return False, REFUSALS.get(code, "reject, unknown answer")

    def _explain(self, sid, command, code):
        """Tells the operator what to repair; where the cluster has said no there is nothing to repair."""
        if code == BLOCK:
            return
        hint = "see the log of ocfbox-srhook"
        if code in (DENIED, NOT_STARTED, NOT_FOUND):
            hint = "sudo must allow: %sadm ALL=(root) NOPASSWD: %s (see ocfbox srhook check); until then the cluster cannot take over either" % (
                sid.lower(), " ".join(command[2:]))
        self._say("error", "preTakeover: <%s> cmdrc=%d: %s" % (" ".join(command), code, hint))

    def _refusal(self):
        """HANA's number for a cluster that is configured; never one that would permit."""
        try:
            return int(getattr(self, "errorCodeClusterConfigured", REFUSE)) or REFUSE
        except Exception:
            return REFUSE

    # -- the command --------------------------------------------------------------------------------

    def _run(self, command):
        self._reap()
        deadline = now() + self.patience
        try:
            pid = _start(command)
        except EnvironmentError as problem:
            return NOT_FOUND if problem.errno in (errno.ENOENT, errno.ENOTDIR) else NOT_STARTED
        code = _wait(pid, deadline)
        if code is not None:
            return code
        _signal(pid, signal.SIGTERM)
        if _wait(pid, now() + min(self.patience * GRACE_SHARE, GRACE_MOST)) is not None:
            return TIMEOUT
        _signal(pid, signal.SIGKILL)
        if _wait(pid, now() + LEAVE) is None:
            with self.lock:
                self.children.append(pid)
        return KILLED

    def _reap(self):
        """Collects commands that were left alone, so that they do not stay as zombies."""
        with self.lock:
            self.children = [pid for pid in self.children if _wait(pid, 0) is None]

    # -- HANA ---------------------------------------------------------------------------------------

    def _configure(self):
        seconds = float(self._option("sustkover_timeout", self.patience))
        if not 0 < seconds <= 3600:
            raise ValueError("sustkover_timeout = %s" % seconds)
        unknown = str(self._option("sustkover_unknown_sid", self.unknown_sid)).strip().lower()
        self.patience = seconds
        if unknown not in ("permit", "reject"):
            raise ValueError("sustkover_unknown_sid = %s" % unknown)
        self.unknown_sid = unknown

    def _option(self, key, default):
        return self.config.get(key) if self.config.hasKey(key) else default

    def _say(self, level, text):
        try:
            getattr(self.tracer, level)("%s.%s" % (type(self).__name__, text))
        except Exception:
            # There is nowhere else to say it, and HANA must go on.
            pass


# -- processes --------------------------------------------------------------------------------------


def _start(command):
    """Starts a program in a process group of its own, without input and output, and returns its pid."""
    if hasattr(os, "posix_spawnp"):
        # Python 3.8 and later: no copy of HANA's page tables, and no Python between fork and exec.
        actions = [(os.POSIX_SPAWN_OPEN, stream, os.devnull, os.O_RDWR, 0) for stream in (0, 1, 2)]
        return os.posix_spawnp(command[0], command, os.environ, file_actions=actions, setpgroup=0,
                               setsigmask=[], setsigdef=[signal.SIGTERM, signal.SIGCHLD, signal.SIGPIPE])
    if not _on_path(command[0]):
        raise OSError(errno.ENOENT, command[0])
    pid = os.fork()
    if pid:
        return pid
    try:
        os.setpgid(0, 0)
        if hasattr(signal, "pthread_sigmask"):
            signal.pthread_sigmask(signal.SIG_SETMASK, [])
        null = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(null, stream)
        os.execvp(command[0], command)
    finally:
        os._exit(NOT_STARTED)


def _on_path(name):
    folders = os.environ.get("PATH", os.defpath).split(os.pathsep)
    return any(os.access(os.path.join(folder, name), os.X_OK) for folder in folders)


def _wait(pid, deadline):
    """The exit code of a child, or None if it has not ended by the deadline."""
    while True:
        try:
            ended, status = os.waitpid(pid, os.WNOHANG)
        except EnvironmentError as problem:
            if problem.errno == errno.EINTR:
                continue
            return UNKNOWN  # somebody else has collected it
        if ended:
            return _code(status)
        if now() >= deadline:
            return None
        time.sleep(POLL)


def _code(status):
    # WEXITSTATUS of a process that a signal has ended is 0.
    if os.WIFEXITED(status):
        return os.WEXITSTATUS(status)
    return 128 + os.WTERMSIG(status) if os.WIFSIGNALED(status) else UNKNOWN


def _signal(pid, number):
    """Signals a process group.  One of its own makes sudo hand the signal on, which it does not do for a
    signal from its own group."""
    try:
        os.killpg(pid, number)
    except EnvironmentError:
        pass


# -- what HANA tells --------------------------------------------------------------------------------


def _sid():
    """The SID, or None."""
    sid = os.environ.get("SAPSYSTEMNAME", "")
    for folder in () if sid else _host_folders():
        found = HOST_FOLDER.search(folder)
        if found:
            sid = found.group(1)
            break
    sid = sid.upper()
    return sid if SID.match(sid) else None


def _host_folders():
    try:
        yield os.getcwd()
    except EnvironmentError:
        pass
    yield os.environ.get("SAP_RETRIEVAL_PATH", "")


def _true(value):
    return value is not None and str(value).strip().lower() in ("1", "true")


def _plain(value):
    """Anything as ASCII on one line, for the trace."""
    return ("%r" % (value,)).encode("ascii", "backslashreplace").decode("ascii")
