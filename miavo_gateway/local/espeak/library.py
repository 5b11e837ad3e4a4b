"""eSpeak NG's C interface (`speak_lib.h`), as far as it is needed.

The library has one state for the whole process and speaks in the thread that calls it: whoever
speaks holds a lock.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import re
import threading
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

__all__ = ["Espeak", "load"]

_SYNCHRONOUS = 2
_CHARACTERS = 1
_UTF8 = 1
_RATE = 1
_END_PAUSE = 1 << 12
_DO_NOT_EXIT = 1 << 15
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
"""The library ends a text at a NUL, and takes others for orders."""

_Callback = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p
)


class _Voice(ctypes.Structure):
    _fields_ = [
        ("name", ctypes.c_char_p),
        # Pairs of a byte of priority and a name that a NUL ends, and a NUL behind the last.
        ("languages", ctypes.c_void_p),
        ("identifier", ctypes.c_char_p),
        ("gender", ctypes.c_ubyte),
        ("age", ctypes.c_ubyte),
        ("variant", ctypes.c_ubyte),
        ("_", ctypes.c_ubyte),
        ("score", ctypes.c_int),
        ("spare", ctypes.c_void_p),
    ]


class Espeak:
    """The library, ready to speak."""

    def __init__(self, library: Any, rate: int) -> None:
        self._library = library
        self._speaking = threading.Lock()
        self.rate = rate
        """Samples a second; mono, 16 bits."""
        self.languages = frozenset(self._languages())
        """Such as `en-us` and `de`: each is a voice."""
        self.variants = {name.lower(): name for name in self._variants()}
        """Such as `f3`: how a voice is changed, by the small letters of its name."""
        self._take: Callable[[bytes], bool] = lambda _: False
        # Held: the library keeps the address, and a freed callback would crash the process.
        self._callback = _Callback(self._called)
        library.espeak_SetSynthCallback(self._callback)

    def speak(
        self,
        text: str,
        voice: str,
        words_a_minute: int,
        stopped: Callable[[], bool],
        *,
        more: bool = False,
    ) -> bytes | None:
        """Say a text: its samples, fewer if it was stopped; None if the library cannot.

        Args:
            text: what to say.
            voice: a language, with a variant behind a plus sign if wanted.
            words_a_minute: from 80 to 620.
            stopped: asked now and then; True ends it.
            more: whether another text follows, so that a sentence's pause comes after this one.
        """
        library = self._library
        raw = _CONTROL.sub(" ", text).encode() + b"\0"
        flags = _UTF8 | (_END_PAUSE if more else 0)
        spoken: list[bytes] = []

        def take(samples: bytes) -> bool:
            spoken.append(samples)
            return not stopped()

        with self._speaking:
            if stopped():
                return b""
            if library.espeak_SetVoiceByName(voice.encode()):
                return None
            library.espeak_SetParameter(_RATE, words_a_minute, 0)
            self._take = take
            status = library.espeak_Synth(raw, len(raw), 0, _CHARACTERS, 0, flags, None, None)
            library.espeak_Synchronize()
        return None if status else b"".join(spoken)

    def _called(self, samples: Any, count: int, events: Any) -> int:
        del events
        if not samples or count <= 0:
            return 0
        return 0 if self._take(ctypes.string_at(samples, count * 2)) else 1

    def _languages(self) -> Iterator[str]:
        for voice in self._voices(None):
            at = voice.languages
            while at and (name := ctypes.string_at(at)):
                yield name[1:].decode().lower()
                at += len(name) + 1

    def _variants(self) -> Iterator[str]:
        wanted = ctypes.create_string_buffer(b"variant")
        pattern = _Voice(languages=ctypes.cast(wanted, ctypes.c_void_p))
        for voice in self._voices(ctypes.byref(pattern)):
            yield voice.identifier.decode().removeprefix("!v/")

    def _voices(self, pattern: Any) -> Iterator[_Voice]:
        self._library.espeak_ListVoices.restype = ctypes.POINTER(ctypes.POINTER(_Voice))
        voices = self._library.espeak_ListVoices(pattern)
        number = 0
        while voices[number]:
            yield voices[number].contents
            number += 1


@cache
def load() -> Espeak:
    """The library that the package carries, else the system's; loaded on the first call.

    Raises:
        OSError: there is none, or it does not start.
    """
    problem: Exception | None = None
    for found in (_packaged, _of_the_system):
        try:
            library, data = found()
        except (ImportError, OSError) as error:
            problem = error
            continue
        rate = library.espeak_Initialize(_SYNCHRONOUS, 0, data, _DO_NOT_EXIT)
        if rate > 0:
            return Espeak(library, rate)
    raise OSError(f"eSpeak NG does not start: {problem or 'its data are not found'}")


def _packaged() -> tuple[Any, bytes | None]:
    import espeakng_loader

    data = espeakng_loader.get_data_path().encode()
    return ctypes.CDLL(espeakng_loader.get_library_path()), data


def _of_the_system() -> tuple[Any, bytes | None]:
    name = ctypes.util.find_library("espeak-ng")
    if name is None:
        raise OSError("the system has no libespeak-ng")
    return ctypes.CDLL(name), None
