"""HA/DR provider of SAP HANA: tells the cluster whether the secondary site is in sync.

HANA calls srConnectionChanged on the primary, once for each service, before it releases the commits that
wait for the secondary.  The provider writes the cluster attribute hana_<sid>_site_srHook_<site>, SOK or
SFAIL, and returns.  What it could not write it leaves in a file, from which the resource agent, or
`ocfbox srhook drain`, writes it later.

It never raises, starts no shell, and has an end: see the time budget below.  Python 2.7 and 3.  The
specification is docs/spec/hana-hooks.md, sections 2, 3 and 8.

global.ini, with the defaults of the optional keys:

    [ha_dr_provider_SAPHanaSR]
    provider = SAPHanaSR
    path = /usr/share/ocfbox/srhook
    execution_order = 1
    srhook_timeout_sfail = 30
    srhook_timeout_sok = 10
    srhook_dryrun = no

    [trace]
    ha_dr_saphanasr = info
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

CRM_ATTRIBUTE = "/usr/sbin/crm_attribute"

SID = re.compile(r"[a-z][a-z0-9]{2}\Z")
SITE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,254}\Z")
HOST_FOLDER = re.compile(r"/([A-Z][A-Z0-9]{2})/HDB[0-9]{2}(?:/|\Z)")

# What HANA calls "active": all services of the system are in sync.
ACTIVE = 15

# Seconds that one episode may hold up HANA.  An episode is all calls that report the same value for the
# same site, until a write succeeds, another value is reported, or QUIET seconds have passed.
BUDGETS = {"SFAIL": 30.0, "SOK": 10.0}
QUIET = 60.0
# Where the budget ends, a command is asked to end; it gets this share of the budget, at most this many
# seconds, before it is killed, and then LEAVE seconds before it is left alone.
GRACE_SHARE = 0.1
GRACE_MOST = 1.0
LEAVE = 0.2
# How long a command that sudo has started may still write after sudo was killed.
LATE = 120.0
POLL = 0.01

DENIED, NOT_CONNECTED, TIMEOUT, NOT_STARTED, NOT_FOUND, KILLED, UNKNOWN = 1, 102, 124, 126, 127, 137, 255

MEANINGS = {
    0: "written",
    DENIED: "denied by sudo, or refused by crm_attribute",
    4: "not permitted by the cluster",
    64: "arguments not understood",
    NOT_CONNECTED: "not connected: the cluster is not running on this node",
    105: "no such object",
    TIMEOUT: "no answer in time",
    NOT_STARTED: "sudo could not be started",
    NOT_FOUND: "sudo not found",
    KILLED: "killed",
    UNKNOWN: "exit status lost",
}

now = getattr(time, "monotonic", None) or (lambda: os.times()[4])


class Site(object):
    """What is known of one secondary site, and whose turn it is to write for it."""

    def __init__(self):
        self.number = 0          # of the last event
        self.value = None        # of the last event
        self.episode = 0         # counts the time budgets
        self.spent = 0.0         # seconds of the budget that are used up
        self.inside = 0          # calls that are using it up now
        self.since = 0.0         # when the first of them came
        self.quiet_since = 0.0   # when the last call of the episode ended
        self.busy = False        # a command is running
        self.file_left = True    # there may be a fallback file, from us or an earlier process
        self.late_until = 0.0    # a command that was killed may still write until then


class SAPHanaSR(HADRBase):
    """The provider.  Its name is that of the file, as HANA wants it."""

    def __init__(self, *args, **kwargs):
        super(SAPHanaSR, self).__init__(*args, **kwargs)
        self.lock = threading.Lock()
        self.sites = {}
        self.children = []
        self.budgets = dict(BUDGETS)
        self.dry_run = False
        try:
            self._configure()
        except Exception as problem:
            self._say("error", "init: configuration not understood, defaults are used: %s" % _plain(problem))
        self._say("info", "init: version %s, budgets SFAIL=%gs SOK=%gs"
                  % (VERSION, self.budgets["SFAIL"], self.budgets["SOK"]))

    def about(self):
        """What HANA shows in M_HA_DR_PROVIDERS."""
        return {
            "provider_company": "ocfbox",
            "provider_name": type(self).__name__,
            "provider_description": "Inform Cluster about SR state",
            "provider_version": VERSION,
        }

    def srConnectionChanged(self, ParamDict, **kwargs):
        """A replication channel has lost or regained its connection.  Always returns 0."""
        try:
            self._event(ParamDict)
        except Exception as problem:
            self._say("error", "srConnectionChanged: unexpected error, nothing is known to be written: %s"
                      % _plain(problem))
        return 0

    # -- the event ----------------------------------------------------------------------------------

    def _event(self, told):
        # The four phrases of the trace are an interface (hana-hooks.md 3.7).
        self._say("info", "srConnectionChanged method called with Dict=%s" % _plain(told))
        status, in_sync = _number(told.get("system_status")), _true(told.get("is_in_sync"))
        site, reason = _text(told.get("siteName")), _plain(told.get("reason"))
        if status is None:
            self._say("error", "srConnectionChanged: no system_status in the event, nothing is written")
        elif status != ACTIVE and in_sync:
            self._say("info", "srConnectionChanged: ignoring bad SR status because of is_in_sync=True (reason=%s)"
                      % reason)
        elif not site:
            self._say("info", "srConnectionChanged: Ignoring bad SR status because of empty site name")
        elif not SITE.match(site):
            self._say("error", "srConnectionChanged: site name %s is refused: letters, digits, - and _ only"
                      % _plain(site))
        else:
            self._report(str(site), "SOK" if status == ACTIVE else "SFAIL")

    def _report(self, site, value):
        began = now()
        sid, folder = _sid(), _instance_folder()
        if sid is None:
            self._say("error", "srConnectionChanged: SID not known: SAPSYSTEMNAME is not set. %s for site %s is lost"
                      % (value, site))
            return
        event = Event(sid, site, value, folder)
        state, deadline = self._enter(event, began)
        try:
            self._write(event, state, deadline, began)
        finally:
            self._leave(event, state)

    def _write(self, event, state, deadline, began):
        if not self._turn(event, state, deadline):
            self._result(event, TIMEOUT, began)
            self._settle(event, state, TIMEOUT)
            return
        try:
            if self._overtaken(event, state):
                self._say("info", "srConnectionChanged: %s for site %s is overtaken by a newer event"
                          % (event.value, event.site))
                return
            state.file_left = state.file_left and event.is_left()
            code = self._run_in_time(event, state, deadline)
            self._result(event, code, began)
            self._settle(event, state, code)
        finally:
            with self.lock:
                state.busy = False

    def _result(self, event, code, began):
        self._say("info", "srConnectionChanged CALLING CRM: <%s> rc=%d (%s%s) %.3fs"
                  % (" ".join(event.command()), code, MEANINGS.get(code, "failed"),
                     ", dry run" if self.dry_run else "", now() - began))

    # -- the time budget ----------------------------------------------------------------------------

    def _enter(self, event, began):
        """Notes the event as the last one, and returns until when it may hold up HANA."""
        budget = self.budgets[event.value]
        with self.lock:
            state = self.sites.setdefault((event.sid, event.site), Site())
            state.number += 1
            event.number = state.number
            rested = not state.inside and began - state.quiet_since > QUIET
            if state.value != event.value or rested:
                state.value, state.spent, state.inside = event.value, 0.0, 0
                state.episode += 1
            event.episode = state.episode
            if not state.inside:
                state.since = began
            state.inside += 1
            return state, state.since + max(budget - state.spent, 0.0)

    def _leave(self, event, state):
        with self.lock:
            if state.episode != event.episode:
                return
            state.inside -= 1
            state.quiet_since = now()
            if not state.inside:
                state.spent += state.quiet_since - state.since

    def _turn(self, event, state, deadline):
        """Waits for the command that another service's call is running for the same site."""
        while True:
            with self.lock:
                if now() >= deadline:
                    return False
                if not state.busy:
                    state.busy = True
                    return True
            time.sleep(POLL)

    def _overtaken(self, event, state):
        with self.lock:
            return state.number != event.number and state.value != event.value

    # -- the command --------------------------------------------------------------------------------

    def _run_in_time(self, event, state, deadline):
        """Runs the command, a second time where that makes sense, and returns its exit code."""
        if self.dry_run:
            return 0
        code = self._run(event, state, deadline)
        # These say enough, or have used up the time.
        final = (0, DENIED, NOT_CONNECTED, TIMEOUT, NOT_STARTED, NOT_FOUND, KILLED)
        budget = self.budgets[event.value]
        if event.value == "SFAIL" and code not in final and deadline - now() > budget / 3:
            time.sleep(budget / 30)
            code = self._run(event, state, deadline)
        return code

    def _run(self, event, state, deadline):
        self._reap()
        try:
            pid = _start(event.command())
        except EnvironmentError as problem:
            return NOT_FOUND if problem.errno in (errno.ENOENT, errno.ENOTDIR) else NOT_STARTED
        code = _wait(pid, deadline)
        if code is not None:
            return code
        grace = min(self.budgets[event.value] * GRACE_SHARE, GRACE_MOST)
        _signal(pid, signal.SIGTERM)
        if _wait(pid, now() + grace) is not None:
            return TIMEOUT
        # sudo can be killed, but then the command it has started as root goes on (hana-hooks.md 8.4).
        _signal(pid, signal.SIGKILL)
        state.late_until = now() + LATE
        if _wait(pid, now() + LEAVE) is None:
            with self.lock:
                self.children.append(pid)
        return KILLED

    def _reap(self):
        """Collects commands that were left alone, so that they do not stay as zombies."""
        with self.lock:
            self.children = [pid for pid in self.children if _wait(pid, 0) is None]

    # -- the fallback file --------------------------------------------------------------------------

    def _settle(self, event, state, code):
        """Leaves the value in the file unless it is sure to be in the cluster."""
        if self.dry_run:
            return
        with self.lock:
            if state.number != event.number and state.value != event.value:
                return  # the newer event has settled, or will
            try:
                self._settle_file(event, state, code)
            except Exception as problem:
                self._say("error", "srConnectionChanged: %s for site %s is not written, and %s cannot be: %s"
                          % (event.value, event.site, event.pending(), _plain(problem)))
            if code == 0:
                state.spent, state.since = 0.0, now()
                return
        self._explain(event, code)

    def _settle_file(self, event, state, code):
        removed = code == 0 and event.remove()
        if removed:
            self._say("info", "srConnectionChanged: %s removed, the cluster has the newer value" % event.pending())
        # Whoever was reading the file while we wrote may have written its value after ours; and so may
        # a command that was killed.  Then the value is written once more, from the file.
        read_meanwhile = state.file_left and not removed
        state.file_left = code != 0 or read_meanwhile or now() < state.late_until
        if state.file_left:
            event.keep()
            self._say("info", "srConnectionChanged: %s for site %s is left in %s"
                      % (event.value, event.site, event.pending()))

    def _explain(self, event, code):
        hint = "the file is written to the cluster later"
        if code in (DENIED, NOT_STARTED, NOT_FOUND):
            hint += "; if sudo denies it, allow: %sadm ALL=(root) NOPASSWD: %s (see ocfbox srhook check)" % (
                event.sid, " ".join(event.arguments()))
        self._say("error", "srConnectionChanged: <%s> failed with rc=%d (%s): %s"
                  % (" ".join(event.command()), code, MEANINGS.get(code, "failed"), hint))

    # -- HANA ---------------------------------------------------------------------------------------

    def _configure(self):
        for value in sorted(self.budgets):
            seconds = float(self._option("srhook_timeout_" + value.lower(), self.budgets[value]))
            if not 0 < seconds <= 3600:
                raise ValueError("srhook_timeout_%s = %s" % (value.lower(), seconds))
            self.budgets[value] = seconds
        self.dry_run = str(self._option("srhook_dryrun", "no")).strip().lower() in ("yes", "true", "on", "1")

    def _option(self, key, default):
        return self.config.get(key) if self.config.hasKey(key) else default

    def _say(self, level, text):
        try:
            getattr(self.tracer, level)("%s.%s" % (type(self).__name__, text))
        except Exception:
            # There is nowhere else to say it, and HANA must go on.
            pass


class Event(object):
    """One value to be written for one site, and the file it is left in."""

    def __init__(self, sid, site, value, folder):
        self.sid, self.site, self.value, self.folder = sid, site, value, folder
        self.number = self.episode = 0

    def name(self):
        return "hana_%s_site_srHook_%s" % (self.sid, self.site)

    def arguments(self):
        # The order is that of the rules in sudoers.
        return [CRM_ATTRIBUTE, "-n", self.name(), "-v", self.value, "-t", "crm_config", "-s", "SAPHanaSR"]

    def command(self):
        return ["sudo", "-n"] + self.arguments()

    def pending(self):
        return os.path.join(self.folder, ".crm_attribute.%s" % self.site)

    def is_left(self):
        """Whether there is a file, or somebody is writing what was in it."""
        return os.path.lexists(self.pending()) or os.path.lexists(
            os.path.join(self.folder, ".ocfbox_drain.%s" % self.site))

    def remove(self):
        """Removes the file, and tells whether it was there."""
        try:
            os.unlink(self.pending())
            return True
        except EnvironmentError as problem:
            if problem.errno != errno.ENOENT:
                raise
            return False

    def keep(self):
        """Leaves the value in the file, which is whole at every moment."""
        prefix = ".ocfbox_stage.%s." % self.site
        for name in os.listdir(self.folder):
            if name.startswith(prefix):
                os.unlink(os.path.join(self.folder, name))  # of a process that was killed
        stage = os.path.join(self.folder, "%s%d.%d" % (prefix, os.getpid(), self.number))
        to = os.open(stage, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o640)
        try:
            os.write(to, ("%s = %s\n" % (self.name(), self.value)).encode("ascii"))
            os.fsync(to)
        finally:
            os.close(to)
        os.rename(stage, self.pending())


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
    """The SID in lower case, or None."""
    sid = os.environ.get("SAPSYSTEMNAME", "")
    for folder in () if sid else _host_folders():
        found = HOST_FOLDER.search(folder)
        if found:
            sid = found.group(1)
            break
    sid = sid.lower()
    return sid if SID.match(sid) else None


def _instance_folder():
    """The instance's folder: that above HANA's working directory, which is the host's."""
    for folder in _host_folders():
        found = HOST_FOLDER.search(folder)
        if found:
            return folder[:found.end()].rstrip("/")
    return os.pardir


def _host_folders():
    try:
        yield os.getcwd()
    except EnvironmentError:
        pass
    yield os.environ.get("SAP_RETRIEVAL_PATH", "")


def _number(value):
    try:
        return int(str(value).strip())
    except ValueError:
        return None


def _true(value):
    return value is not None and str(value).strip().lower() in ("1", "true")


def _text(value):
    """A name as text; bytes stay what Python 2 calls a string."""
    if isinstance(value, bytes) and not isinstance(value, str):
        return value.decode("utf-8", "replace")
    return value if value is None or hasattr(value, "encode") else str(value)


def _plain(value):
    """Anything as ASCII on one line, for the trace."""
    return ("%r" % (value,)).encode("ascii", "backslashreplace").decode("ascii")
