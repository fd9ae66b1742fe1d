namespace Shacache.Client.Checksums;

/// <summary>What a checksum is computed with. MD5 and SHA-1 find damage, but not deceit.</summary>
public enum ChecksumAlgorithm
{
    /// <summary>32 hexadecimal digits.</summary>
    Md5,

    /// <summary>40 hexadecimal digits.</summary>
    Sha1,

    /// <summary>64 hexadecimal digits.</summary>
    Sha256,

    /// <summary>128 hexadecimal digits.</summary>
    Sha512,
}
