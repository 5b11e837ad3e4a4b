"""eSpeak NG's C interface (`speak_lib.h`), as far as it is needed.

The library has one state for the whole process and speaks in the thread that calls it: everything
here belongs to one thread.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from functools import cache
from typing import Any

__all__ = ["Espeak", "load"]

_SYNCHRONOUS = 2
_CHARACTERS = 1
_UTF8 = 1
_RATE = 1
_DO_NOT_EXIT = 1 << 15

_Callback = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p
)


class _Voice(ctypes.Structure):
    _fields_ = [
        ("name", ctypes.c_char_p),
        ("languages", ctypes.c_char_p),
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
        self.rate = rate
        """Samples a second; mono, 16 bits."""
        self.languages = frozenset(self._languages())
        """Such as `en-us` and `de`: each is a voice."""
        self._take: Callable[[bytes], bool] = lambda _: False
        # Held: the library keeps the address, and a freed callback would crash the process.
        self._callback = _Callback(self._called)
        library.espeak_SetSynthCallback(self._callback)

    def speak(
        self, text: str, voice: str, words_a_minute: int, take: Callable[[bytes], bool]
    ) -> bool:
        """Say a text; whether the library could.

        Args:
            text: what to say.
            voice: a language, with a variant behind a plus sign if wanted.
            words_a_minute: from 80 to 450.
            take: gets the samples as they come; False ends it.
        """
        library = self._library
        if library.espeak_SetVoiceByName(voice.encode()):
            return False
        library.espeak_SetParameter(_RATE, words_a_minute, 0)
        self._take = take
        spoken = text.encode() + b"\0"
        status = library.espeak_Synth(spoken, len(spoken), 0, _CHARACTERS, 0, _UTF8, None, None)
        library.espeak_Synchronize()
        return not status

    def _called(self, samples: Any, count: int, events: Any) -> int:
        del events
        if not samples or count <= 0:
            return 0
        return 0 if self._take(ctypes.string_at(samples, count * 2)) else 1

    def _languages(self) -> list[str]:
        library = self._library
        library.espeak_ListVoices.restype = ctypes.POINTER(ctypes.POINTER(_Voice))
        voices = library.espeak_ListVoices(None)
        found = []
        number = 0
        while voices[number]:
            # A byte of priority stands before the language's name.
            found.append(voices[number].contents.languages[1:].decode())
            number += 1
        return found


@cache
def load() -> Espeak:
    """The library, loaded on the first call.

    Raises:
        OSError: it is not there, or does not start.
    """
    import espeakng_loader

    library = ctypes.CDLL(espeakng_loader.get_library_path())
    data = espeakng_loader.get_data_path().encode()
    rate = library.espeak_Initialize(_SYNCHRONOUS, 0, data, _DO_NOT_EXIT)
    if rate <= 0:
        raise OSError("eSpeak NG does not start")
    return Espeak(library, rate)
