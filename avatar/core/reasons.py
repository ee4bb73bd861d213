"""Every message that has a code: reason → English sentence, and how a sentence carries its reason and its numbers.

A :class:`Message` is a plain string for whoever prints it; who shows it in another language finds ``reason`` and
``params``. They are raised in errors (``GovorunError.message``), stand among notes, and travel as the JSON of
:func:`coded`. A reason keeps its name and its params for good; its sentence may be worded better.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

__all__ = ["REASONS", "Message", "Params", "coded", "replaced", "reworded", "uncoded"]

Params: TypeAlias = Mapping[str, "str | int | float"]

_SCRIPT_AT = "Script line {line}, column {column}: "
_SSML_AT = "SSML line {line}, column {column}: "

_PHOTO = {
    "photo_missing": "The photo is missing: upload it as input_reference, or send the layout none for a voice "
    "without a person.",
    "photo_empty": "{name} is empty: use a photo (JPEG, PNG or WebP).",
    "photo_heic": "{name} is a HEIC photo, which is read with the extra govorun[heic]: install it, or save the photo "
    "as JPEG or PNG.",
    "photo_unreadable": "{name} is no picture that can be read: use a JPEG, PNG or WebP photo.",
    "photo_damaged": "{name} is damaged or cut short: save or download it again.",
    "photo_too_many_bytes": "{name} is larger than {megabytes} MiB: use a smaller photo.",
    "photo_too_many_pixels": "{name} has {width}x{height} pixels, too many: use one below {megapixels} megapixels.",
    "photo_far_too_many_pixels": "{name} has too many pixels: use one below {megapixels} megapixels.",
    "photo_too_few_pixels": "{name} is {width}x{height} pixels, too small to animate: use a photo of at least {least} "
    "pixels a side.",
    "photo_not_checked": "The photo could not be looked at: save it anew as JPEG or PNG, with fewer pixels, and try "
    "again.",
    "photos_wait": "Many photos are being looked at: try again in a few seconds.",
    "no_face": "No face was found: use a photo of one person who looks at the camera, with the face at least {least} "
    "pixels wide and not covered.",
    "face_too_small": "The face is only {n} pixels wide: use a photo with a face at least {least} pixels wide.",
    "face_from_side": "The face is seen from the side: use a photo that looks at the camera.",
    "face_lies": "The face lies on its side: turn the photo upright.",
    "face_cut": "The face is cut by the edge of the photo: use one that shows the whole face.",
    "photo_scaled": "The photo of {width}x{height} pixels was scaled down to {longest} on the long side.",
    "photo_animated": "The picture is animated: its first frame is used.",
    "several_faces": "{n} faces were found: the largest is animated. Another is chosen by face: left, right, or its "
    "number from the left.",
    "face_not_there": "There is no face {face} in the photo: {n} were found. Say largest, left, right, or a number "
    "from the left.",
    "photo_turned": "The photo did not stand upright: it was turned.",
    "face_turned": "The head is turned far: a photo that looks at the camera moves better.",
    "face_tilted": "The head is tilted far: an upright photo moves better.",
    "face_soft": "The face is small and will look soft: use a photo with a face at least {least} pixels wide, more for "
    "large videos.",
    "mouth_open": "The mouth stands wide open: a closed or slightly open mouth speaks better.",
    "face_dark": "The face is dark: more light will show the lips better.",
    "face_blurred": "The face is blurred: a sharper photo will look better.",
    "face_covered": "A part of the face seems to be covered: a photo without a mask, hand or scarf before it moves "
    "better.",
    "mouth_covered": "Something seems to be before the mouth: a photo without a hand, mask or microphone there speaks "
    "better.",
    "spectacles_stiff": "The rims of the spectacles would bend: the eyes do not blink and the brows hardly move.",
    "person_cut": "The person is cut at the sides of the photo: these sides fade out. A narrower picture, the backdrop "
    "photo, or a photo that shows both shoulders helps.",
    "head_cut": "The head is cut by the upper edge of the photo, so it is cut by the upper edge of the picture too: a "
    "photo with room above the head stands freer, above all in a picture that is higher than wide.",
    "head_fades": "The head is cut by the upper edge of the photo, and a picture of {size} is too high for it: the "
    "head fades out above. A square or wider picture, or a photo with room above the head, helps.",
    "photo_does_not_fill": "The photo of {width}x{height} pixels does not fill a picture of {size}: it goes on "
    "blurred. A picture of the photo's own shape, or another backdrop, helps.",
    "sadtalker_stills": "SadTalker moves head, eyelids and mouth: gaze, brows and shoulders stay as in the photo.",
    "liveportrait_shoulders": "LivePortrait does not move the shoulders.",
    "liveportrait_mouth_unseen": "No face was found in what LivePortrait drew: how the mouth responds could not be "
    "measured.",
    "lips_do_not_meet": "The lips of this photo do not quite meet where they should be closed.",
    "sadtalker_moods": "SadTalker takes the expression from the sound alone: moods have no effect.",
    "wan_animate_arms": "Wan Animate draws the whole picture anew; where arms and hands are in the photo is not looked "
    "for, they move from where they usually are.",
    "wan_animate_hands_unseen": "The hands stay below the picture: a photo that shows more of the person, or a higher "
    "picture, shows them.",
    "wan_animate_parts": "The person is drawn in {n} parts of {seconds} s at most, which fade into one another.",
}

_SCRIPT = {
    "script_missing": "The script is missing: write it in prompt, or upload a recording as audio.",
    "script_empty": "The script is empty: write at least one word.",
    "script_says_nothing": "The script has nothing to speak: write at least one word or number.",
    "script_too_long": "The script has {characters:,} characters, at most {most:,} are read: split it into parts.",
    "script_too_slow": "The script could not be read in time: shorten it, or try again.",
    "bracket_open": _SCRIPT_AT + "'[' without its ']': close the direction, or write \\[ for a bracket.",
    "star_open": _SCRIPT_AT + "'*' opens an emphasis that is not closed: add '*', or write \\* for a star.",
    "unknown_direction": _SCRIPT_AT + "There is no direction [{name}]: the directions are {known}. Write \\[ for a "
    "bracket.",
    "misspelt_direction": _SCRIPT_AT + "There is no direction [{name}]: did you mean [{near}]? Write \\[ for a "
    "bracket.",
    "bracketed_sound": _SCRIPT_AT
    + "No voice here makes the sound [{name}]: leave it out, or write {instead}. Write \\[ "
    "for a bracket.",
    "direction_value": _SCRIPT_AT + "[{name}: {value}] is not understood: the value is {valid}.",
    "direction_takes_none": _SCRIPT_AT + "[{name}] takes no value: write [{name}].",
    "direction_open": _SCRIPT_AT + "[{name}] is not closed: write [/{name}] after its last word.",
    "direction_not_open": _SCRIPT_AT + "[/{name}] closes nothing: there is no open [{name}] before it.",
    "direction_has_no_end": _SCRIPT_AT + "[{name}] is a single event: it has no [/{name}].",
    "directions_crossed": _SCRIPT_AT + "[/{name}] comes before [/{inner}]: close [{inner}] first.",
    "ssml_doctype": "The SSML declares a document type or entities: leave them out.",
    "ssml_broken": _SSML_AT + "{why}.",
    "ssml_element": _SSML_AT + "<{name}> is not understood: use {known}.",
    "ssml_attribute": _SSML_AT + "<{name}> is not complete: {why}.",
    "script_names_file": "{voice!r} in the script is no name of a voice: files are not taken.",
    "caption_letters": "No font here can write {letters} into the picture: `govorun models pull fonts`, or install a "
    "font such as Noto Sans, or ask for srt or vtt captions.",
    "emoji_left_out": "Emoji cannot be spoken and were left out.",
    "addresses_left_out": "The addresses of links were left out: their texts are spoken.",
    "pictures_left_out": "Pictures in the text were left out.",
    "code_left_out": "Blocks of code were left out.",
    "footnotes_left_out": "Footnotes and their marks were left out.",
    "front_matter_left_out": "The metadata before the text were left out.",
    "tags_left_out": "Tags are not spoken and were left out: {names}. A script that begins with <speak> is read as "
    "SSML.",
    "sounds_left_out": "Sounds in brackets cannot be spoken and were left out: {names}.",
    "subtitle_times": "The script is a file of subtitles: of its times only pauses of half a second and more between "
    "two cues are kept, the words go at the pace of the voice.",
    "direction_idle": "The direction [{name}] does nothing yet.",
    "ssml_idle": "The prosody attribute {name} does nothing yet.",
}

_VOICE = {
    "unknown_voice": "Unknown voice {voice!r}: {listed}",
    "misspelt_voice": "Unknown voice {voice!r}: did you mean {near}? {listed}",
    "voice_not_a_name": "{voice!r} is no name of a voice: GET /v1/voices lists them, files are not taken.",
    "no_voice_for_language": "No voice here speaks {language!r}: `govorun voices` lists the languages.",
    "espeak_lacks_language": "eSpeak NG does not speak {language!r}: `govorun voices` lists its languages.",
    "kanji_unread": "Nothing here reads the kanji of {letters}: pip install 'govorun[japanese]', or write kana.",
    "engine_lacks_language": "The engine {engine} has no voice for {language!r}, only {known}: choose another "
    "--speech-engine.",
    "voice_of_other_language": "The voice {voice} speaks {speaks}, not {language}.",
    "voice_not_pulled": "The voice {voice} is not here and cannot be pulled: {why}",
    "robotic_voice": "No neural voice here speaks {language} well: {engine} speaks it ({voice}, robotic). `govorun "
    "voices --all --lang {language}` lists others.",
    "accented_voice": "The voice {voice} speaks {language} with an accent. `govorun voices --all --lang {language}` "
    "lists others.",
    "foreign_words": "The words in {language} are spoken by {engine} ({voice}).",
    "espeak_lacks_sound": "The voice of eSpeak NG for {language} lacks the sound {sounds}.",
    "voice_lacks_sound": "The voice {voice} lacks the sound {sounds}.",
    "model_keeps_pace": "The model {voice} keeps its own pace and pitch: speed and directions for them had no effect.",
    "model_reads_letters": "The model {voice} reads letters: [say] and IPA of a lexicon had no effect.",
    "seconds_not_applied": "The script decides the length: seconds={seconds} was not applied.",
}

_RECORDING = {
    "audio_unreadable": "The file {name} is no recording that can be read: upload WAV, MP3, M4A, FLAC or OGG.",
    "audio_no_media": "{name} cannot be used as a recording: it holds no sound that ffmpeg knows, whatever its name "
    "says ({why}).",
    "audio_without_sound": "{name} cannot be used as a recording: it has no sound.",
    "audio_undecodable": "{name} cannot be used as a recording: {why}.",
    "audio_invalid": "{name} cannot be used as a recording: it holds invalid samples.",
    "audio_too_long": "The recording {name} lasts longer than {hours} h: cut it into parts.",
    "audio_too_short": "The recording {name} is empty or shorter than {seconds:g} s: record some speech.",
    "audio_silent": "The recording {name} is silent: check the microphone and its level.",
    "audio_without_speech": "No speech was heard in {name}, only steady noise or music: record a voice alone.",
    "audio_without_words": "No speech was heard in the recording: give its words as --transcript, or record again.",
    "transcript_other": "The transcript does not match the recording: at {at} it says “{heard}”, not “{words}”. Give "
    "the words that are spoken, or leave the transcript out.",
    "transcript_doubted": "The transcript may not match the recording: at {at} “{words}” could not be found, and the "
    "lips may err. The words are heard with pip install 'govorun[hear]'.",
    "transcript_length": "The transcript does not fit the recording: its words take about {expected} s, but {recorded} "
    "s of speech were recorded.",
    "music_without_sound": "{name} cannot be used as music: it has no sound.",
    "music_unreadable": "{name} cannot be used as music: it cannot be read, so save it again as MP3 or WAV.",
    "music_silent": "{name} cannot be used as music: it is silent.",
    "music_too_short": "{name} cannot be used as music: it is shorter than {least:g} s.",
    "music_of_scene": "its {option} is another than that of scene 1: a video has one, that of its first scene.",
    "one_channel": "The two channels of the recording cancel each other: only the {side} one is used.",
    "offset_removed": "The recording did not swing around zero: the offset was taken out.",
    "audio_clipped": "The recording is clipped (overloaded): record at a lower level for a clean sound.",
    "audio_low_rate": "The recording has only {hertz} Hz: s, f and similar sounds are hard to place.",
    "audio_cut_off": "The file is damaged or cut off: it promises {promised}, but holds {held} of sound.",
    "noise_at": "At {at} the recording has noise or music instead of speech.",
    "audio_noisy": "The recording has much noise, or music under the voice: the lips may err.",
    "words_not_said": "At {at} the recording does not say “{words}” as the transcript does.",
    "words_not_found": "At {at} “{words}” could not be found in the recording: the lips may err there.",
    "said_otherwise": "At {at} the recording says “{heard}”, the transcript “{words}”.",
    "not_heard": "The recording was not listened to: with pip install 'govorun[hear]' its language, its words with "
    "their times, captions and the sounds of its language come from the recording itself.",
    "no_words_heard": "No words were heard in the recording: the lips follow its sounds, and there are no captions.",
    "language_not_spoken": "eSpeak NG has no sounds for {language!r}: the lips follow what an English model hears.",
    "more_said": "From {begin} to {end} the recording says more than the transcript.",
    "more_differs": "{n} more places differ from the transcript.",
}

_BACKDROP = {
    "backdrop_empty": "The backdrop is empty: give none, photo, #rrggbb, @FILE or a few words.",
    "backdrop_not_words": "A backdrop is words, #rrggbb, none or photo: upload a picture as backdrop_image.",
    "backdrop_field_too_long": "backdrop is longer than {most} characters.",
    "backdrop_too_long": "The backdrop prompt has {characters} characters: describe the scene in at most {most}.",
    "backdrop_not_understood": "The backdrop prompt {prompt!r} has no English or Russian word for a scene: try 'calm "
    "ocean at dusk'.",
    "colour_wrong": "Colour {colour!r} is not one: write # and six hexadecimal digits, such as #d9dbde.",
    "backdrop_picture_too_large": "Backdrop picture {name} is too large: use one of at most {megapixels} megapixels.",
    "backdrop_picture_unreadable": "Backdrop picture {name} cannot be read: use a complete JPEG, PNG or WebP file.",
    "backdrop_read": "backdrop {reading}",
    "backdrop_guessed": "backdrop {reading}",
    "backdrop_far": "backdrop: {prompt!r} is far from every place known; the nearest are {nearest}",
    "backdrop_unknown_words": "backdrop: no meaning known for {words}",
    "photo_backdrop_engine": "Engine {engine} cannot set the photo's own background in motion: choose {choices}, or "
    "leave the engine out to keep the background as it is.",
    "film_without_picture": "The film {name} has no picture: use a video.",
    "film_unreadable": "The film {name} cannot be read ({why}): save it again as MP4.",
    "film_no_film": "{name} is no video: use an MP4, MOV, MKV or WebM.",
    "film_too_short": "The film {name} is too short to move anything: use one of at least {least} seconds.",
    "film_still": "Nothing moves in the film {name}: use one in which the picture changes.",
    "film_looped": "The film {name} is longer than {seconds} seconds: it begins again after them. Option from and to "
    "choose a stretch of it.",
    "film_begins_later": "The film {name} has nothing at {seconds} seconds: begin earlier.",
    "logo_vector": "The logo {name} is an SVG, which may carry programs: save it as PNG with a transparent ground.",
    "logo_too_large": "The logo {name} has more than {megapixels} million pixels: make it smaller.",
    "logo_missing": "The logo {name} does not exist: check the path.",
    "logo_unreadable": "The logo {name} cannot be read: use a complete PNG, WebP or JPEG.",
    "font_unreadable": "The font {name} cannot be read: use a TrueType or OpenType file.",
    "film_without_sound": "Option backdrop_sound: the film {name} has no sound, so leave it out, or choose another.",
    "film_silent": "Option backdrop_sound: the film {name} is silent where it is shown, so leave it out, or show "
    "another stretch.",
    "film_sound_unreadable": "Option backdrop_sound: the sound of the film {name} cannot be read, so save it again as "
    "MP4.",
    "backdrop_no_film": "Option {option}: it is for a film behind, and this backdrop is none, so leave it out.",
    "film_cut": "The backdrop takes the motion of the first {seconds} seconds of the film {name}.",
    "backdrop_clip_crossfade": "The backdrop is a clip of {seconds} s: a longer video shows it again, its end faded "
    "into its beginning.",
    "backdrop_clip_bounce": "The backdrop is a clip of {seconds} s there and back: a longer video shows it again.",
    "backdrop_clip_cut": "The backdrop is a clip of {seconds} s: a longer video shows it again, with a cut where it "
    "begins.",
    "backdrop_lora": "The backdrop's model was tuned by the LoRA {name} at scale {scale} (sha256 {sha256}).",
}

_PRODUCTION = {
    "slides_missing": "Send the slides as a file: a PPTX or a PDF.",
    "slides_pdf_pages": "{name} has {slides} slides that are shown, and its PDF {pages} pages: save the PDF again.",
    "slides_too_many": "{name} has {slides} slides, at most {most} become one video: name some with --pages 1-{most}.",
    "slides_no_page": "--pages {text!r} is no page: write numbers and ranges, for example 1-4,7.",
    "slides_page_missing": "--pages {text} is not there: the slides are 1 to {count}.",
    "slides_large": "{name} is larger than {megabytes} MB: make its pictures smaller.",
    "slides_old": "{name} is an old PPT, or has a password: save it as PPTX without one, or as PDF.",
    "slides_unreadable": "{name} is no presentation that can be read: use a PPTX or a PDF.",
    "slides_password": "{name} has a password: save it without one.",
    "slides_damaged": "{name} is damaged and cannot be read as {kind}: save it again.",
    "slides_empty": "{name} has no pages.",
    "slides_no_pdf": "{name} is no PDF: give the slides as PDF.",
    "slides_no_office": "LibreOffice, which draws the slides of {name}, is not installed: install it, or save the "
    "slides as PDF too and give that with --slides-pdf.",
    "slides_not_drawn": "LibreOffice could not draw {name}: save it as PDF and give that with --slides-pdf.",
    "slides_slow": "LibreOffice did not draw {name} in {seconds} seconds: save it as PDF and give that with "
    "--slides-pdf.",
    "slides_late": "{name} takes too long to be read: send fewer or simpler slides.",
    "slides_broken": "{name} cannot be read as slides: save it again, or as PDF.",
    "slides_silent": "There is nothing to say on slides {slides}: write notes, or leave them out with --without-notes "
    "skip, or have their own text read with --without-notes read.",
    "slides_without_text": "There is nothing to say on slides {slides}: write notes.",
    "slides_no_notes": "No slide has notes: write what is to be said, or give it with --notes FILE.",
    "notes_encoding": "The notes {name} are no UTF-8 text: save them as UTF-8.",
    "notes_too_many": "The notes {name} have {parts} parts between lines of ---, the slides are {slides}.",
    "table_missing": "Send the table as a file: a CSV, or JSON lines.",
    "table_empty": "{name} has no rows: write a line of column names, then one line a video.",
    "table_large": "{name} is larger than {megabytes} MB: split it.",
    "table_encoding": "{name} is no UTF-8 text (byte {byte}): save it as CSV UTF-8.",
    "table_cells": "Row {row} of {name} has {cells} cells, the head {columns}: put texts with commas in quotes, "
    '"like, this".',
    "table_no_csv": "Line {line} of {name} is no CSV ({why}): save it again.",
    "table_twice": "{name} has the column {column!r} twice: give each a name of its own.",
    "table_rows": "{name} has more than {most:,} rows: split it.",
    "table_request_rows": "The table has {rows:,} rows, one request takes {most:,}: send it in parts.",
    "table_no_json": "Row {row} of {name} is no JSON: {why}.",
    "table_no_object": 'Row {row} of {name} must be an object of texts, for example {{"name": "Anna"}}.',
    "table_no_column": "There is no column {column!r}: the columns are {columns}. Capitals count.",
    "table_values": "Values are missing: {rows}. Fill them in, or drop these rows.",
    "story_long": "The story has {letters:,} letters, {most:,} are possible: split it into parts.",
    "story_empty": "The story has no words: write paragraphs with blank lines between them.",
    "story_unread": "The story cannot be read: send it in shorter parts.",
}

_LIMITS = {
    "body_too_large": "The body is larger than {megabytes} MB: send smaller files.",
    "body_too_slow": "The body did not come in time: send it again.",
    "field_too_long": "The field {field} is too long.",
    "field_has_at_most": "{field} has to be text of at most {n} characters.",
    "field_is_at_least": "{field} has to be at least {least}.",
    "field_is_at_most": "{field} has to be at most {most}.",
    "too_many_scenes": "A video has 1 to {most} scenes, not {n}.",
    "too_many_videos": "You have {n} unfinished videos, which is the most: wait for one, or cancel one.",
    "too_many_previews": "Too many previews at once: wait for some.",
    "too_many_requests": "Too many requests (more than {most} requests a minute): wait {seconds} s.",
    "too_many_wrong_keys": "Too many requests (many wrong keys): wait {seconds} s.",
    "preview_late": "No worker has come to it yet: try again in a few seconds.",
    "preview_stopped": "It was stopped meanwhile: try again in a few seconds.",
    "preview_gone": "It was removed meanwhile: try again in a few seconds.",
    "key_wrong": "This key is not valid here: {how}",
    "key_missing": "A key is needed: {how}",
    "foreign_page": "A page of another site may not use this service without a key.",
    "video_too_long": "The script takes about {minutes} minutes to speak, at most {most} are made here: split it into "
    "parts.",
    "webhook_inside": "webhook_url leads to a private network, which the service does not reach for others: give an "
    "address that it can reach.",
    "engine_not_here": "The engine {engine} is not complete on this service: choose another {field}; GET /v1/models "
    "says what is there.",
    "video_not_found": "There is no video {video!r}.",
    "video_open": "The video {video} is not done: cancel it first.",
    "video_ended": "The video {video} has ended: it is {state}.",
    "request_still_read": "The first request with this Idempotency-Key is still being read: try again.",
    "jobs_away": "The job table is away for the moment: try again.",
    "unexpected": "Something went wrong here, not with your request: see the server's log.",
}

_WORK = {
    "storage_away": "The place where files are kept does not answer: try again in a few seconds.",
    "storage_refuses": "The place where files are kept lets nobody in: whoever runs the service finds why in its log.",
    "disk_reserve": "The service has too little room for new work: try again later, or delete videos that are not "
    "needed.",
    "disk_full": "The disk of {folder} is full: free some space and start again.",
    "worker_disk_full": "The disk of the worker is full ({why}): make room",
    "disk_room": "The disk of {folder} has {free} MB free, the video needs up to {needed} MB: make room or choose "
    "another folder.",
    "cannot_write": "{name} cannot be written ({why}).",
    "step_lost": "The stage {stage} was lost {n} times: its worker was killed, ran out of memory or hung. Look into "
    "the worker's log, or try a smaller picture.",
    "step_hung": "The stage {stage} hung: it said nothing for {seconds:.0f} seconds",
    "out_of_memory": "The stage {stage} ran out of memory: try a smaller size, or a worker with more memory",
    "step_failed": "The stage {stage} failed: {why}",
    "process_ended": "A rendering process ended with status {status}: {why}.",
    "not_timestamped": "The signature says no time: the timestamp authority gave none.",
    "not_signed": "The video carries no signature ({why}), only a mark in its metadata that a machine made it.",
}

REASONS: Mapping[str, str] = {
    **_PHOTO, **_SCRIPT, **_VOICE, **_RECORDING, **_BACKDROP, **_PRODUCTION, **_LIMITS, **_WORK,
}  # fmt: skip
"""Reason → English sentence, a format of its params."""


class Message(str):
    """A sentence of :data:`REASONS`, filled in. ``params`` are what it was filled in with, numbers and names."""

    reason: str
    params: Params

    def __new__(cls, reason: str, /, **params: str | int | float) -> Message:
        return cls.worded(REASONS[reason].format(**params), reason, params)

    @classmethod
    def worded(cls, text: str, reason: str, params: Params) -> Message:
        """``text`` as it stands, with its reason and params."""
        message = str.__new__(cls, text)
        message.reason, message.params = reason, dict(params)
        return message

    def __reduce__(self) -> tuple[Any, ...]:
        return Message.worded, (str(self), self.reason, self.params)


def reworded(text: str, message: str, **more: str | int | float) -> str:
    """``text`` in the place of ``message``, with its reason and params if it has some, and ``more`` params."""
    if not isinstance(message, Message):
        return text
    return Message.worded(text, message.reason, {**message.params, **more})


def replaced(message: str, old: str, new: str) -> str:
    """``message`` with ``new`` for ``old``, in its params too."""
    if not isinstance(message, Message):
        return message.replace(old, new)
    params = {
        name: value.replace(old, new) if isinstance(value, str) else value for name, value in message.params.items()
    }
    return Message.worded(message.replace(old, new), message.reason, params)


def coded(message: str) -> dict[str, Any]:
    """``{"reason": ..., "params": {...}}`` of ``message`` for JSON; the reason is None where it has none."""
    if isinstance(message, Message):
        return {"reason": message.reason, "params": dict(message.params)}
    return {"reason": None, "params": {}}


def uncoded(text: str, facts: Mapping[str, Any] | None) -> str:
    """``text`` with what :func:`coded` told of it, which may be nothing."""
    reason = (facts or {}).get("reason")
    return Message.worded(text, reason, (facts or {}).get("params") or {}) if reason else text
