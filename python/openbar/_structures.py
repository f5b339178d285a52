"""The structures and constants of openbar/openbar.h. A test compares them with the header."""

from __future__ import annotations

import ctypes
from ctypes import c_char_p, c_int32, c_int64, c_ssize_t, c_uint32, c_uint64, c_void_p

OK = 0
TIMED_OUT = 11

ROM_REGION = 6
CONFIGURATION_REGION = 7
REGION_KINDS = ("memory", "port_io", "configuration")
MEMORY_TYPES = ("uncached", "write_combining", "cached", "unknown", "emulated")
INTERRUPT_KINDS = ("intx", "msi", "msix")
BEST_KIND = 0xFF
NO_LIMIT = (1 << 64) - 1
CAPABILITIES = (
    "mapping",
    "write_combining",
    "configuration",
    "interrupts",
    "dma",
    "reset",
    "events",
)
DEVICE_ACCESSES = ("", "read", "write", "read_write")
DEVICE_EVENTS = (
    "power_down",
    "power_up",
    "mappings_revoked",
    "removal_requested",
    "removed",
    "reset",
    "error",
)
ACCESSES = ("none", "read_only", "write_only", "read_write", "write_once", "read_write_once")
READ_EFFECTS = ("none", "clear", "set", "other")
WRITE_EFFECTS = (
    "none",
    "one_to_clear",
    "one_to_set",
    "one_to_toggle",
    "zero_to_clear",
    "zero_to_set",
    "zero_to_toggle",
    "clear",
    "set",
    "other",
)
BYTE_ORDERS = ("little", "big")


def word(words: tuple[str, ...], number: int) -> str:
    """The word for a constant. A newer library may have more of them."""
    return words[number] if 0 <= number < len(words) else "unknown"


class SizedStructure(ctypes.Structure):
    """A structure that begins with its size."""

    def __init__(self, **members: object) -> None:
        super().__init__(struct_size=ctypes.sizeof(self), **members)


class ErrorWords(SizedStructure):
    _fields_ = [
        ("struct_size", c_uint32),
        ("code", c_int32),
        ("attempted", c_char_p),
        ("cause", c_char_p),
        ("hint", c_char_p),
        ("message", c_char_p),
        ("system_error", c_int32),
        ("reserved", c_uint32),
    ]


class OpenOptions(SizedStructure):
    _fields_ = [("struct_size", c_uint32), ("shared", c_uint32)]


class DeviceInfo(SizedStructure):
    _fields_ = [
        ("struct_size", c_uint32),
        ("is_pci", c_uint32),
        ("address", c_char_p),
        ("backend", c_char_p),
        ("pci_address", c_char_p),
        ("kernel_driver", c_char_p),
        ("vendor_id", c_uint32),
        ("device_id", c_uint32),
        ("subsystem_vendor_id", c_uint32),
        ("subsystem_id", c_uint32),
        ("class_code", c_uint32),
        ("revision", c_uint32),
        ("iommu_group", c_int64),
        ("region_count", c_uint32),
        ("vector_kind_count", c_uint32),
    ]


class Capability(SizedStructure):
    _fields_ = [
        ("struct_size", c_uint32),
        ("offered", c_uint32),
        ("why_not", c_char_p),
        ("hint", c_char_p),
    ]


class Range(ctypes.Structure):
    _fields_ = [("offset", c_uint64), ("length", c_uint64)]


class RegionInfo(SizedStructure):
    _fields_ = [
        ("struct_size", c_uint32),
        ("index", c_uint32),
        ("name", c_char_p),
        ("not_mappable_because", c_char_p),
        ("size", c_uint64),
        ("physical_address", c_uint64),
        ("kind", c_uint32),
        ("readable", c_uint32),
        ("writable", c_uint32),
        ("prefetchable", c_uint32),
        ("is_64bit", c_uint32),
        ("mappable_count", c_uint32),
    ]


class MapOptions(SizedStructure):
    _fields_ = [
        ("struct_size", c_uint32),
        ("memory_type", c_uint32),
        ("offset", c_uint64),
        ("length", c_uint64),
        ("read_only", c_uint32),
        ("reserved", c_uint32),
    ]


class MappingInfo(SizedStructure):
    _fields_ = [
        ("struct_size", c_uint32),
        ("memory_type", c_uint32),
        ("address", c_void_p),
        ("size", c_uint64),
        ("region_offset", c_uint64),
    ]


class VectorInfo(SizedStructure):
    _fields_ = [
        ("struct_size", c_uint32),
        ("kind", c_uint32),
        ("count", c_uint32),
        ("maskable", c_uint32),
    ]


class InterruptInfo(SizedStructure):
    _fields_ = [
        ("struct_size", c_uint32),
        ("kind", c_uint32),
        ("vector", c_uint32),
        ("reserved", c_uint32),
        ("native_handle", c_ssize_t),
    ]


class Ready(ctypes.Structure):
    _fields_ = [("index", c_uint32), ("reserved", c_uint32), ("count", c_uint64)]


class DmaOptions(SizedStructure):
    _fields_ = [
        ("struct_size", c_uint32),
        ("scattered", c_uint32),
        ("alignment", c_uint64),
        ("highest_address", c_uint64),
    ]


class PinOptions(SizedStructure):
    _fields_ = [("struct_size", c_uint32), ("access", c_uint32), ("highest_address", c_uint64)]


class MemoryInfo(SizedStructure):
    _fields_ = [
        ("struct_size", c_uint32),
        ("segment_count", c_uint32),
        ("address", c_void_p),
        ("size", c_uint64),
        ("iova", c_uint64),
    ]


class Segment(ctypes.Structure):
    _fields_ = [("iova", c_uint64), ("size", c_uint64)]


class PciCapability(SizedStructure):
    _fields_ = [
        ("struct_size", c_uint32),
        ("id", c_uint32),
        ("offset", c_uint32),
        ("extended", c_uint32),
        ("version", c_uint32),
        ("reserved", c_uint32),
        ("name", c_char_p),
    ]


class FunctionInfo(SizedStructure):
    _fields_ = [
        ("struct_size", c_uint32),
        ("enabled", c_uint32),
        ("address", c_char_p),
        ("kernel_driver", c_char_p),
        ("driver_override", c_char_p),
        ("power_state", c_char_p),
        ("vendor_id", c_uint32),
        ("device_id", c_uint32),
        ("subsystem_vendor_id", c_uint32),
        ("subsystem_id", c_uint32),
        ("class_code", c_uint32),
        ("revision", c_uint32),
        ("iommu_group", c_int64),
    ]


class DescriptionInfo(SizedStructure):
    _fields_ = [
        ("struct_size", c_uint32),
        ("register_count", c_uint32),
        ("name", c_char_p),
        ("vendor", c_char_p),
        ("format", c_char_p),
    ]


class RegisterInfo(SizedStructure):
    _fields_ = [
        ("struct_size", c_uint32),
        ("position", c_uint32),
        ("name", c_char_p),
        ("region", c_char_p),
        ("about", c_char_p),
        ("offset", c_uint64),
        ("reset", c_uint64),
        ("reset_mask", c_uint64),
        ("bar", c_int32),
        ("width", c_uint32),
        ("access_width", c_uint32),
        ("word_stride", c_uint32),
        ("byte_order", c_uint32),
        ("access", c_uint32),
        ("read_effect", c_uint32),
        ("write_effect", c_uint32),
        ("reading_has_effects", c_uint32),
        ("field_count", c_uint32),
    ]


class FieldInfo(SizedStructure):
    _fields_ = [
        ("struct_size", c_uint32),
        ("low", c_uint32),
        ("width", c_uint32),
        ("access", c_uint32),
        ("read_effect", c_uint32),
        ("write_effect", c_uint32),
        ("value_count", c_uint32),
        ("reserved", c_uint32),
        ("name", c_char_p),
        ("about", c_char_p),
    ]


class ValueInfo(SizedStructure):
    _fields_ = [
        ("struct_size", c_uint32),
        ("is_default", c_uint32),
        ("for_reading", c_uint32),
        ("for_writing", c_uint32),
        ("value", c_uint64),
        ("mask", c_uint64),
        ("name", c_char_p),
        ("about", c_char_p),
    ]
