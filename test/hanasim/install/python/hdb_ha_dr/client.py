"""A stand-in for SAP's client classes of HA/DR providers (hana-hooks.md, section 2)."""
import os
import subprocess
import sys

TRACE = None


class Context(object):
    """What HANA passes to a provider's constructor; opaque to providers."""

    def __init__(self, provider, config):
        self.provider = provider
        self.config = config


class Tracer(object):
    """Writes to the nameserver's trace."""

    def __init__(self, provider):
        self.provider = provider

    def _write(self, level, text):
        frame = sys._getframe(2)
        source = "%s(%05d)" % (os.path.basename(frame.f_code.co_filename), frame.f_lineno)
        TRACE(level, "ha_dr_" + self.provider, source, str(text))

    def info(self, text, *args):
        self._write("i", text)

    def debug(self, text, *args):
        self._write("d", text)

    def warning(self, text, *args):
        self._write("w", text)

    def error(self, text, *args):
        self._write("e", text)


class Config(object):
    """The provider's section of global.ini. Names of keys are in lower case."""

    def __init__(self, values):
        self.values = values

    def hasKey(self, key):
        return key.lower() in self.values

    def get(self, key, default=None):
        return self.values.get(key.lower(), default)

    def toString(self):
        return str(self.values)


class HADRBase(object):
    """The base class of providers: every method does nothing and returns 0."""

    errorCodeClusterConfigured = 50277

    def __init__(self, *args, **kwargs):
        context = args[0]
        self.tracer = Tracer(context.provider)
        self.config = Config(context.config)

    def about(self):
        return {}

    def startup(self, hostname, storage_partition, system_replication_mode, **kwargs):
        return 0

    def shutdown(self, hostname, storage_partition, system_replication_mode, **kwargs):
        return 0

    def failover(self, hostname, storage_partition, system_replication_mode, **kwargs):
        return 0

    def stonith(self, failingHost, **kwargs):
        return 0

    def preTakeover(self, isForce, **kwargs):
        return 0

    def postTakeover(self, rc, **kwargs):
        return 0

    def srConnectionChanged(self, ParamDict, **kwargs):
        return 0

    def srReadAccessInitialized(self, ParamDict, **kwargs):
        return 0

    def srServiceStateChanged(self, ParamDict, **kwargs):
        return 0


class Helper(object):
    """Runs commands for providers."""

    @staticmethod
    def _run(command):
        done = subprocess.Popen(command, shell=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        return done.communicate()[0].decode(), done.returncode

    @classmethod
    def _runOutput(cls, command):
        return cls._run(command)
