"""A client in Python, made of the generated code alone: one call of each kind, over TLS."""
import json
import os
import sys

import grpc

from zonecast.zone.v1 import content_service_pb2, content_service_pb2_grpc
from zonecast.zone.v1 import record_service_pb2, record_service_pb2_grpc
from zonecast.zone.v1 import zone_service_pb2, zone_service_pb2_grpc

LINES = [
    b"@ 60 IN SOA ns1 hostmaster 1 14400 3600 1209600 300\n",
    b"@ 60 IN NS ns1\n",
    b"ns1 60 IN A 192.0.2.53\n",
    b"www 60 IN A 192.0.2.1\n",
]
# Addresses of the name take turns; what only reads is repeated where it met nobody.
SERVICE_CONFIG = {
    "loadBalancingConfig": [{"round_robin": {}}],
    "methodConfig": [
        {
            "name": [{"service": "zonecast.zone.v1.RecordService", "method": "GetRRset"}],
            "retryPolicy": {
                "maxAttempts": 5,
                "initialBackoff": "0.1s",
                "maxBackoff": "2s",
                "backoffMultiplier": 2,
                "retryableStatusCodes": ["UNAVAILABLE"],
            },
        }
    ],
}


def credential():
    """Of the environment: arguments are seen by everyone on the machine."""
    if os.environ.get("TOKEN"):
        return [("authorization", "Bearer " + os.environ["TOKEN"])]
    return [("username", os.environ["USERNAME"]), ("password", os.environ["PASSWORD"])]


def import_requests(zone):
    yield zone_service_pb2.ImportZoneRequest(header=zone_service_pb2.ImportHeader(zone=zone))
    for line in LINES:
        yield zone_service_pb2.ImportZoneRequest(data=line)


def calls(channel, zone):
    metadata = credential()
    zones = zone_service_pb2_grpc.ZoneServiceStub(channel)
    records = record_service_pb2_grpc.RecordServiceStub(channel)
    content = content_service_pb2_grpc.ContentServiceStub(channel)
    imported = zones.ImportZone(import_requests(zone), metadata=metadata, timeout=60)
    question = record_service_pb2.GetRRsetRequest(zone=zone, name="www", type="A")
    answer = records.GetRRset(question, metadata=metadata, timeout=60)
    exported = zones.ExportZone(zone_service_pb2.ExportZoneRequest(zone=zone), metadata=metadata, timeout=60)
    octets = sum(len(piece.data) for piece in exported)
    want = content_service_pb2.FetchRequest(want=7, zone=zone)
    fetched = next(each for each in content.Fetch(iter([want]), metadata=metadata, timeout=60) if each.want == 7)
    return {
        "version": imported.outcomes[0].effect.state.version,
        "values": list(answer.rrset.values),
        "octets": octets,
        "fetched": fetched.head.zone,
    }


def main(server, ca, zone):
    with open(ca, "rb") as file:
        secrets = grpc.ssl_channel_credentials(file.read())
    options = [("grpc.service_config", json.dumps(SERVICE_CONFIG))]
    with grpc.secure_channel("dns:///" + server, secrets, options) as channel:
        print(json.dumps(calls(channel, zone)))


main(*sys.argv[1:])
