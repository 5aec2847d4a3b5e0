"""Loads HA/DR providers as hdbnameserver does, and calls them as the nameserver on standard input says.

One JSON object a line in both directions. What providers print goes to standard error.
"""
import importlib
import json
import os
import sys

answers = os.fdopen(os.dup(1), "w", 1)
os.dup2(2, 1)
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from hdb_ha_dr import client  # noqa: E402

METHODS = ("startup", "shutdown", "failover", "stonith", "preTakeover", "postTakeover", "srConnectionChanged",
           "srReadAccessInitialized", "srServiceStateChanged")


def say(word):
    answers.write(json.dumps(word) + "\n")
    answers.flush()


def trace(level, component, source, text):
    say({"trace": [level, component, source, text]})


client.TRACE = trace


class Provider(object):
    """A provider that was loaded, or the error instead."""

    def __init__(self, section):
        self.name = section["provider"]
        self.path = section["path"]
        self.order = section["order"]
        sys.path.insert(0, self.path)
        sys.modules.pop(self.name, None)
        module = importlib.import_module(self.name)
        context = client.Context(self.name, section["config"])
        self.instance = getattr(module, self.name)(context)
        self.about = self.instance.about()

    def describe(self):
        about = self.about
        return {"name": about["provider_name"], "company": about["provider_company"],
                "description": about["provider_description"], "version": str(about["provider_version"]),
                "path": self.path, "order": self.order}

    def call(self, method, args, named):
        own = getattr(type(self.instance), method, None)
        if own is None or own is getattr(client.HADRBase, method, None):
            return None
        result = {"provider": self.name, "code": 0, "error": ""}
        try:
            code = getattr(self.instance, method)(*args, **named)
            result["code"] = int(code or 0)
        except Exception as problem:
            result["error"] = "%s: %s" % (type(problem).__name__, problem)
        return result


def load(sections):
    loaded, results = [], []
    for section in sections:
        try:
            loaded.append(Provider(section))
        except Exception as problem:
            results.append({"provider": section["provider"], "code": 1,
                            "error": "%s: %s" % (type(problem).__name__, problem)})
    return loaded, results


def main():
    loaded = []
    for line in iter(sys.stdin.readline, ""):
        call = json.loads(line)
        if call["method"] == "load":
            loaded, results = load(call["args"][0])
            say({"done": True, "results": results, "providers": [p.describe() for p in loaded]})
            continue
        results = []
        if call["method"] in METHODS:
            results = [p.call(call["method"], call["args"], call.get("named") or {}) for p in loaded]
        say({"done": True, "results": [r for r in results if r]})


main()
