"""Notes on models: found for the very same model, code and tools, never for others; damaged ones are made anew."""

import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from tests.support.small import small

from ketasim.compiler import cache as files
from ketasim.compiler import ready as module
from ketasim.errors import ModelError
from ketasim.model.compose import compose


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("KETASIM_CACHE", str(tmp_path / "cache"))
    yield tmp_path / "cache"
    module._makers.cache_clear()


@pytest.fixture
def composed(monkeypatch):
    """Names of the models that were composed."""
    seen, made = [], module._made
    monkeypatch.setattr(module, "_made", lambda model: seen.append(model.name) or made(model))
    return seen


def anew(model):
    """As a new process would ask."""
    return module._ready.__wrapped__(model)


def note(folder):
    (path,) = folder.glob("note_*.json")
    return path


@pytest.mark.parametrize("linear", [True, False])
def test_a_note_says_what_composing_found(composed, linear):
    model = small(linear)
    first, second = anew(model), anew(model)
    assert composed == [model.name] and second == first
    assert first.states == tuple(str(s) for s in compose(model).states) and first.compiled.linear is linear
    assert (first.compiled.n_states, first.compiled.n_outputs) == (4, len(model.outputs))


def test_a_new_process_needs_no_sympy():
    code = (
        "import sys; from tests.support.small import small; from ketasim.compiler.ready import ready; "
        "from ketasim.model.layout import layout; print(ready(small()).states, layout(small()).typical().sum());"
        "print('sympy' in sys.modules)"
    )
    root = Path(__file__).parents[3]
    cold, warm = (
        subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True).stdout
        for _ in range(2)
    )
    assert cold.splitlines()[1] == "True" and warm.splitlines()[1] == "False"
    assert cold.splitlines()[0] == warm.splitlines()[0]


def first_parameter(model, **changes):
    body = model.components[0]
    changed = replace(body.parameters[0], **changes)
    return replace(model, components=(replace(body, parameters=(changed, *body.parameters[1:])),))


def test_any_change_of_a_model_misses(composed):
    model = small()
    body, number = model.components[0], model.components[0].parameters[0].fact
    others = [
        replace(model, title="Another"),
        first_parameter(model, fact=replace(number, value=number.number * (1 + 2**-52))),
        first_parameter(model, fact=replace(number, note="read again")),
        first_parameter(model, between=replace(body.parameters[0].between, variance=0.1)),
        replace(model, outputs=model.outputs[:1]),
        replace(model, components=(replace(body, equations=(*body.equations[:-1], body.equations[-1] + " + 0 * P")),)),
    ]
    for one in (model, *others, model):
        anew(one)
    assert len(composed) == 1 + len(others)


def test_any_change_of_the_code_misses(composed, tmp_path, monkeypatch):
    anew(small())
    package = tmp_path / "ketasim"
    shutil.copytree(module.PACKAGE, package, ignore=shutil.ignore_patterns("__pycache__", "*.csv", "*.toml", "*.bib"))
    monkeypatch.setattr(module, "PACKAGE", package)

    def asked():
        module._makers.cache_clear()
        anew(small())
        return len(composed)

    assert asked() == 1
    for k, name in enumerate(("model/compose.py", "engine/kernels/driver.py", "units.py", "evidence/fact.py")):
        with (package / name).open("a") as file:
            file.write("# other\n")
        assert asked() == 2 + k
    (package / "units.py").rename(package / "units_.py")
    assert asked() == 6
    monkeypatch.setattr(module, "version", lambda tool: f"{tool} 99")
    assert asked() == 7


def flip(text):
    """One letter of one state's name."""
    assert "body.nose" in text
    return text.replace("body.nose", "body.nase")


@pytest.mark.parametrize(
    "damage",
    [lambda t: "", lambda t: t[:50], lambda t: "[]", lambda t: "{}", lambda t: '"note"', lambda t: t + "x", flip],
)
def test_a_damaged_note_is_made_anew(folder, composed, damage):
    first = anew(small())
    whole = note(folder).read_text()
    note(folder).write_text(damage(whole))
    assert anew(small()) == first and len(composed) == 2
    assert note(folder).read_text() == whole
    anew(small())
    assert len(composed) == 2


def test_a_note_that_is_no_text(folder, composed):
    first = anew(small())
    note(folder).write_bytes(b"\xff\x00\xfe")
    assert anew(small()) == first and len(composed) == 2


@pytest.mark.parametrize("kind", ["m_", "driver_", "l_", "closed_"])
@pytest.mark.parametrize(
    "damage", [Path.unlink, lambda p: p.write_text(p.read_text() + "#"), lambda p: p.write_bytes(b"\xff")]
)
def test_a_damaged_file_behind_a_note_is_made_anew(folder, composed, kind, damage):
    first = anew(small())
    (path,) = folder.glob(f"{kind}*.py")
    whole = path.read_text()
    damage(path)
    assert anew(small()) == first and len(composed) == 2
    assert path.read_text() == whole


def test_who_reads_while_others_write_finds_a_whole_note(folder):
    first = anew(small())
    name, text = note(folder).name, note(folder).read_text()

    def write_and_read(_):
        files.note(name, text)
        return module._noted(files.noted(name))

    with ThreadPoolExecutor(8) as pool:
        assert all(found == first for found in pool.map(write_and_read, range(200)))
    assert not list(folder.glob("*.part"))


def test_two_threads_may_ask_at_once(composed):
    module._ready.cache_clear()
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(module.ready, [small()] * 8))
    assert composed == ["small"] and all(one is found[0] for one in found)


def test_a_folder_that_cannot_be_written_keeps_no_note(folder, composed, monkeypatch):
    folder.parent.mkdir(exist_ok=True)
    folder.write_text("a file where the folder should be")
    assert anew(small()).states == anew(small()).states
    assert len(composed) == 2 and folder.is_file()


def test_a_model_that_does_not_compose_leaves_no_note(folder):
    bad = replace(small(), links=[])
    with pytest.raises(ModelError, match="tuples, not lists"):
        module.ready(bad)
    body = small().components[0]
    with pytest.raises(ModelError, match="unknown name"):
        module.ready(replace(small(), components=(replace(body, equations=(*body.equations, "D = nothing")),)))
    assert not folder.exists() or not list(folder.glob("note_*"))
