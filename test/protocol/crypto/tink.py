"""Seals and opens with Google's Tink, as template AES256_GCM_HKDF_1MB has it.

Reads a JSON list of jobs from standard input, {"do": "seal" | "open", "key": hex, "associatedData": hex, "from": path,
"to": path}, and writes the list of their outcomes, "ok" or "refused". Holds no file in memory; of what is refused, what stands in
"to" by then is not authentic as a whole.
"""

import json
import shutil
import sys
from typing import BinaryIO

import tink
from tink import cleartext_keyset_handle, streaming_aead
from tink.proto import aes_gcm_hkdf_streaming_pb2, tink_pb2


CHUNK = 1024 * 1024


def primitive(key: bytes) -> streaming_aead.StreamingAead:
    # Everything but the key material comes from Tink's own template.
    template = streaming_aead.streaming_aead_key_templates.AES256_GCM_HKDF_1MB
    format_ = aes_gcm_hkdf_streaming_pb2.AesGcmHkdfStreamingKeyFormat.FromString(template.value)
    assert format_.key_size == len(key)
    material = aes_gcm_hkdf_streaming_pb2.AesGcmHkdfStreamingKey(version=0, params=format_.params, key_value=key)
    keyset = tink_pb2.Keyset(primary_key_id=1)
    keyset.key.add(
        key_data=tink_pb2.KeyData(
            type_url=template.type_url,
            value=material.SerializeToString(),
            key_material_type=tink_pb2.KeyData.SYMMETRIC,
        ),
        status=tink_pb2.ENABLED,
        key_id=1,
        output_prefix_type=tink_pb2.RAW,
    )
    return cleartext_keyset_handle.from_keyset(keyset).primitive(streaming_aead.StreamingAead)


def seal(aead: streaming_aead.StreamingAead, associated_data: bytes, source: BinaryIO, destination: BinaryIO) -> None:
    with aead.new_encrypting_stream(destination, associated_data) as stream:
        shutil.copyfileobj(source, stream, CHUNK)


def open_(aead: streaming_aead.StreamingAead, associated_data: bytes, source: BinaryIO, destination: BinaryIO) -> None:
    with aead.new_decrypting_stream(source, associated_data) as stream:
        shutil.copyfileobj(stream, destination, CHUNK)


def run(job: dict) -> str:
    work = {"seal": seal, "open": open_}[job["do"]]
    with open(job["from"], "rb") as source, open(job["to"], "wb") as destination:
        try:
            work(primitive(bytes.fromhex(job["key"])), bytes.fromhex(job["associatedData"]), source, destination)
        except tink.TinkError:
            return "refused"
    return "ok"


streaming_aead.register()
json.dump([run(job) for job in json.load(sys.stdin)], sys.stdout)
