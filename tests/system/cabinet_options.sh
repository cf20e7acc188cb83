#!/bin/sh
# What kavsak-cabinet refuses, and with which exit code. Arguments: the program, a monitor file.
# Ports 15220 to 15229.
program=$1
monitor=$2
count=0
failed=0
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# expect CODE WORD ARGUMENTS...: it ends with CODE and says WORD.
expect() {
    code=$1
    word=$2
    shift 2
    said=$(timeout 5 "$program" "$@" 2>&1)
    got=$?
    count=$((count + 1))
    case "$got $said" in
    "$code "*"$word"*) echo "ok $count - $* -> $code" ;;
    *)
        echo "not ok $count - $* -> $got instead of $code"
        echo "# $said"
        failed=1
        ;;
    esac
}

expect 0 usage: --help
expect 0 kavsak-cabinet --version
expect 2 bogus --bogus
expect 2 '--port and --monitor'
expect 2 '--port and --monitor' --port 15220
expect 2 'bad port' --port 0 --monitor "$monitor"
expect 2 'bad port' --port 1x --monitor "$monitor"
expect 2 extra --port 15220 --monitor "$monitor" extra
expect 2 'P:FILE' --cabinet 15220:
expect 2 'P:FILE' --cabinet "15220/0:$monitor"
expect 2 'two unit ids' --cabinet "15220/1:$monitor" --cabinet "15220/1:$monitor"
expect 2 'bad speed' --port 15220 --monitor "$monitor" --speed 0
expect 2 'CHANNEL:INPUT' --port 15220 --monitor "$monitor" --play-map 5
expect 3 'cannot be read' --port 15220 --monitor "$folder/none"
expect 3 'cannot be opened' --port 15220 --monitor "$monitor" --play "$folder/none"
expect 3 'cannot listen' --port 15220 --monitor "$monitor" --listen 192.0.2.1
expect 3 "$folder/none/log" --port 15220 --monitor "$monitor" --log "$folder/none/log"
printf 'site 7\nhush 1\n' >"$folder/bad.monitor"
expect 1 "line 2: no such word: 'hush'" --port 15220 --monitor "$folder/bad.monitor"
printf '2024-05-13T15:00:00Z,1,82,5\nrubbish\n' >"$folder/bad.csv"
expect 1 'line 2, column 1' --port 15220 --monitor "$monitor" --play "$folder/bad.csv"
examples=$(dirname "$0")/../../plans/examples
expect 2 '1 to 64 junction directories' --street "$examples/demand.csv"
expect 2 '--street' --street "$examples/demand.csv" --port 15220 --monitor "$monitor" "$examples/pasaalani"
expect 2 'bad seed' --street "$examples/demand.csv" --seed -1 "$examples/pasaalani"
expect 3 'cannot be read' --street "$folder/none" "$examples/pasaalani"
expect 3 "$folder/none" --street "$examples/demand.csv" "$folder/none"
printf 'from_s,to_s,node,kind,per_hour\n0,60,j/L1,tank,10\n' >"$folder/bad.csv"
expect 1 'P905' --street "$folder/bad.csv" "$examples/pasaalani"
mkdir "$folder/bare"
cp "$examples"/pasaalani/*.yaml "$folder/bare"
expect 3 'monitor.conf: cannot be read' --street "$examples/demand.csv" "$folder/bare"
echo "1..$count"
exit $failed
