#!/usr/bin/env python3
"""Reads exported logs step by step as programs of others do (docs/journal.md names them), not as we
do: what comes out must be the events that went in. Lines time,code,param on standard output.

    exchange_readers.py atspm FILE...     twenty characters of time, seven line feeds, signed tenths
    exchange_readers.py tsigma FILE...    time up to the first comma, unsigned tenths
    exchange_readers.py pyatspm FILE...   time from the file's name and the sixth line; packed
    exchange_readers.py xml FILE...       every element Event; numbers of 16 bits, signed
"""
import datetime
import os
import re
import struct
import sys
import xml.etree.ElementTree
import zlib

NAME = re.compile(r'_(\d{4})_(\d{2})_(\d{2})_(\d{2})(\d{2})(_2)?\.dat[Z]?$')
BEGINNING = re.compile(rb'Controller Data Log Beginning:,([\d/]+),([\d:.]+)')


def unpacked(path):
    with open(path, 'rb') as stream:
        data = stream.read()
    if data[:2] in (b'\x78\x01', b'\x78\x9c', b'\x78\xda'):
        return zlib.decompressobj(-15).decompress(data[2:])  # past two bytes, without the sum
    return data


def records(data, shape):
    if len(data) % 4 != 0:
        raise SystemExit('not a whole number of records')
    return [(code, param, tenths) for code, param, tenths in struct.iter_unpack(shape, data)]


def after_lines(data, count):
    at = 0
    for _ in range(count):
        at = data.index(b'\n', at) + 1
    return at


def shown(start, rows):
    for code, param, tenths in rows:
        moment = start + datetime.timedelta(milliseconds=100 * tenths)
        yield moment, code, param


def atspm(path):
    data = unpacked(path)
    start = datetime.datetime.strptime(data[:20].decode().rstrip(',.'), '%m-%d-%Y %H:%M:%S')
    return shown(start, records(data[after_lines(data, 7):], '>BBh'))


def tsigma(path):
    data = unpacked(path)
    lines = data[:after_lines(data, 7)].decode().split('\n')
    start = datetime.datetime.strptime(lines[0].split(',')[0], '%m-%d-%Y %H:%M:%S')
    second = ' '.join(lines[5].split(',')[2:])
    if datetime.datetime.strptime(second, '%m/%d/%Y %H:%M:%S.%f') != start:
        raise SystemExit('the first and the sixth line disagree')
    return shown(start, records(data[after_lines(data, 7):], '>BBH'))


def pyatspm(path):
    data = unpacked(path)
    marker = data.index(b'Phases in use:')
    year, month, day, hour, minute, _ = NAME.search(os.path.basename(path)).groups()
    seconds = float(BEGINNING.search(data[:marker]).group(2).split(b':')[2])
    start = datetime.datetime(int(year), int(month), int(day), int(hour), int(minute))
    start += datetime.timedelta(seconds=seconds)
    return shown(start, records(data[data.index(b'\n', marker) + 1:], '>BBH'))


def events(path):
    for event in xml.etree.ElementTree.parse(path).getroot().iter('Event'):
        code, param = int(event.get('EventTypeID')), int(event.get('Parameter'))
        moment = datetime.datetime.strptime(event.get('TimeStamp'), '%m-%d-%Y %H:%M:%S.%f')
        if max(abs(code), abs(param)) < 32768:
            yield moment, code, param


READERS = {'atspm': atspm, 'tsigma': tsigma, 'pyatspm': pyatspm, 'xml': events}


def main():
    for path in sys.argv[2:]:
        for moment, code, param in READERS[sys.argv[1]](path):
            print(f'{moment.isoformat(timespec="milliseconds")},{code},{param}')


if __name__ == '__main__':
    main()
