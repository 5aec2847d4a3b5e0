"""A stand-in for the classes of SAP's module, as far as docs/spec/hana-hooks.md, section 2.2, tells them."""
import threading

LOCK = threading.Lock()
SAY = None


class Tracer(object):
    """Hands each line to the driver."""

    def info(self, text):
        SAY({"level": "info", "text": text})

    def debug(self, text):
        SAY({"level": "debug", "text": text})

    def error(self, text):
        SAY({"level": "error", "text": text})


class Config(object):
    """The provider's section of global.ini."""

    def __init__(self, values):
        self.values = values

    def hasKey(self, key):
        return key in self.values

    def get(self, key, default=None):
        return self.values.get(key, default)

    def toString(self):
        return str(self.values)


class HADRBase(object):
    """What every provider inherits."""

    def __init__(self, config):
        self.tracer = Tracer()
        self.config = Config(config)
