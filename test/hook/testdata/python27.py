"""Tells whether a file is Python 2.7 as well as Python 3, by what its syntax tree is made of.

Only nodes, forms and names that both languages have are let through; Python 2.7 itself is not needed.
"""
import ast
import sys

# The nodes of Python 2.7's ast module, and those into which Python 3 has split or renamed some of them.
NODES = set("""
Module FunctionDef ClassDef Return Delete Assign AugAssign For While If With Raise Assert Import ImportFrom
Expr Pass Break Continue BoolOp BinOp UnaryOp Lambda IfExp Dict Set ListComp SetComp DictComp GeneratorExp Yield
Compare Call Attribute Subscript Name List Tuple Load Store Del Slice And Or Add Sub Mult Div Mod Pow LShift RShift
BitOr BitXor BitAnd FloorDiv Invert Not UAdd USub Eq NotEq Lt LtE Gt GtE Is IsNot In NotIn comprehension
ExceptHandler arguments keyword alias
Try arg withitem Starred Constant Index Num Str NameConstant Bytes
""".split())

# Builtins that only one of the two has.
NAMES = set("""
FileNotFoundError FileExistsError PermissionError ProcessLookupError ChildProcessError TimeoutError
InterruptedError BlockingIOError ConnectionError NotADirectoryError IsADirectoryError ModuleNotFoundError
RecursionError ascii breakpoint unicode basestring long xrange raw_input reduce unichr cmp execfile print
""".split())

# Modules that a provider may use, of those that both have.
MODULES = set("errno os re signal threading time hdb_ha_dr.client".split())


def wrong(tree):
    for node in ast.walk(tree):
        name = type(node).__name__
        line = getattr(node, "lineno", 0)
        if name not in NODES:
            yield line, name
        if isinstance(node, ast.Name) and node.id in NAMES:
            yield line, "name " + node.id
        if isinstance(node, ast.FunctionDef):
            if node.returns or any(a.annotation for a in ast.walk(node.args) if isinstance(a, ast.arg)):
                yield line, "annotation"
            if node.args.kwonlyargs or getattr(node.args, "posonlyargs", None):
                yield line, "keyword-only or positional-only argument"
        if isinstance(node, ast.Raise) and node.cause:
            yield line, "raise from"
        if isinstance(node, ast.ClassDef) and (node.keywords or not node.bases):
            yield line, "class without base or with keywords"
        if isinstance(node, (ast.List, ast.Tuple)) and any(isinstance(e, ast.Starred) for e in node.elts):
            yield line, "star in a list"
        if isinstance(node, ast.Call):
            if any(isinstance(a, ast.Starred) for a in node.args[:-1]):
                yield line, "argument behind a star"
            if isinstance(node.func, ast.Name) and node.func.id == "super" and not node.args:
                yield line, "super()"
            if isinstance(node.func, ast.Name) and node.func.id == "open" and node.keywords:
                yield line, "open with keywords"
        if isinstance(node, ast.Import):
            for module in node.names:
                if module.name not in MODULES:
                    yield line, "module " + module.name
        if isinstance(node, ast.ImportFrom) and node.module not in MODULES:
            yield line, "module %s" % node.module


def main():
    with open(sys.argv[1], "rb") as source:
        text = source.read()
    bad = [(text[:n].count(b"\n") + 1, "byte above 127") for n in range(len(text)) if text[n] > 127]
    bad += list(wrong(ast.parse(text)))
    try:
        # The grammar of both languages together: it also reads what the tree does not show.
        from lib2to3 import pygram, pytree
        from lib2to3.pgen2 import driver
        driver.Driver(pygram.python_grammar, convert=pytree.convert).parse_string(text.decode("ascii"))
    except ImportError:
        pass
    except Exception as problem:
        bad.append((0, "lib2to3: %r" % problem))
    for line, what in bad:
        sys.stdout.write("%d: %s\n" % (line, what))
    sys.exit(1 if bad else 0)


main()
