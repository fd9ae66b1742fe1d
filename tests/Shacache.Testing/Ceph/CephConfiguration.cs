namespace Shacache.Testing.Ceph;

/// <summary>The configuration of a Ceph that has one of everything.</summary>
internal static class CephConfiguration
{
    /// <summary>What a store on a disk takes at most.</summary>
    public const long DiskBytes = 48L << 30;

    public static string Write(string folder, string id, int monitorPort, int port, bool isOnDisk) => $"""
        [global]
        fsid = {id}
        mon host = [v2:127.0.0.1:{monitorPort}]
        public addr = 127.0.0.1
        cluster addr = 127.0.0.1
        ms bind msgr1 = false
        keyring = {folder}/keyring
        run dir = {folder}/run
        admin socket = {folder}/run/$name.asok
        log file = {folder}/log/$name.log
        crash dir = {folder}/log
        log to stderr = false
        osd pool default size = 1
        osd pool default min size = 1
        osd pool default pg num = 8
        osd pool default pgp num = 8
        osd pool default pg autoscale mode = off
        osd crush chooseleaf type = 0
        mon allow pool size one = true

        [mon]
        mon data = {folder}/monitor
        mon cluster log file = {folder}/log/cluster.log
        mon data avail crit = 1
        # An OSD that is stopped is not to count as down: then requests would fail instead of waiting.
        mon osd report timeout = 86400

        [osd]
        osd data = {folder}/osd
        osd objectstore = {(isOnDisk ? "bluestore" : "memstore")}
        memstore device bytes = 4294967296
        bluestore block size = {DiskBytes}
        bluestore block db create = false
        bluestore block wal create = false
        osd memory target = 1073741824
        osd op thread suicide timeout = 0

        [client.gateway]
        rgw data = {folder}/gateway
        rgw frontends = beast endpoint=127.0.0.1:{port} tcp_nodelay=1
        rgw rados pool pg num min = 1
        rgw thread pool size = 64
        rgw enable usage log = false
        rgw enable ops log = false
        rgw dynamic resharding = false
        rgw enable apis = s3, admin
        rgw gc obj min wait = 60
        rgw gc processor period = 30

        """;
}
