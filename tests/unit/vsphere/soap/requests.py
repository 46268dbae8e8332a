"""Requests as clients send them: envelopes in the dialects of pyVmomi, rbvmomi, govc and libvirt."""

from __future__ import annotations

from typing import Any

from dcsim.xml import parse
from emulators.vsphere.soap.decode import Request, decode
from emulators.vsphere.soap.faults import VimFault

PYVMOMI = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<soapenv:Envelope xmlns:soapenc="http://schemas.xmlsoap.org/soap/encoding/" '
    'xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
    'xmlns:xsd="http://www.w3.org/2001/XMLSchema">\n<soapenv:Body>{}</soapenv:Body>\n</soapenv:Envelope>'
)
RBVMOMI = (
    '<env:Envelope xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:env="http://schemas.xmlsoap.org/soap/envelope/" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><env:Body>{}</env:Body></env:Envelope>'
)
CLONE = (
    '<CloneVM_Task xmlns="urn:vim25"><_this type="VirtualMachine">vm-1</_this><folder type="Folder">group-v3</folder><name>new</name>'
    "<spec><location></location>{}</spec></CloneVM_Task>"
)


def read(call: str, envelope: str = PYVMOMI, action: str | None = '"urn:vim25/8.0.3.0"') -> Request:
    """Decode a call in an envelope."""
    body = envelope.format(call).encode()
    return decode(parse(body), action, body)


def refusal(call: str, envelope: str = PYVMOMI, action: str | None = '"urn:vim25/8.0.3.0"') -> VimFault:
    """Return the fault that a call is answered with."""
    try:
        request = read(call, envelope, action)
    except VimFault as fault:
        return fault
    raise AssertionError(f"accepted: {request.args}")


def fault_name(fault: VimFault) -> str:
    """Return the VMODL name of a fault's class."""
    cls: Any = type(fault.fault)
    name: str = cls.__name__
    return name
